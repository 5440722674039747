//! What the methods of this service are to be: a trait for each of its gRPC services, generated from the proto files.

proto_membership::methods!();
