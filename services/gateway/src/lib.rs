//! The only public door of the platform.
//!
//! | module | |
//! |---|---|
//! | [`routes`] | every address there is, and the layers in front of them |
//! | [`door`] | the way of a request to a service and back |
//! | [`session`] | the cookie, and requests that other sites make |
//! | [`openid`] | the OpenID Provider |
//! | [`origin`], [`limits`], [`headers`], [`trace`] | the layers |
//! | [`pages`] | API reference, explanation of errors |
//! | [`portal`] | the embedded portal |
//! | [`document`] | the OpenAPI document |
//! | [`serving`] | starting and stopping |

pub mod document;
pub mod door;
pub mod headers;
pub mod limits;
pub mod openid;
pub mod origin;
pub mod pages;
pub mod portal;
pub mod routes;
pub mod serving;
pub mod session;
pub mod settings;
pub mod trace;
