//! The methods of identity as the contract has them: a trait for each service, implemented by the module of its name.

proto_identity::methods!();
