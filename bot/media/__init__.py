"""What happens to bytes: pictures coming in, clips coming down, MP4 boxes read."""
