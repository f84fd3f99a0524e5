"""Reading untrusted JSON, field by field, in every shape in which it has been seen. No vendor and no socket."""
