//! The only public door of the platform.
//!
//! | module | |
//! |---|---|
//! | [`routes`] | every address there is, and the layers in front of them |
//! | [`door`] | the way of a request to a service and back |
//! | [`session`] | the cookie, and requests that other sites make |
//! | [`openid`] | the OpenID Provider |
//! | [`host`], [`origin`], [`limits`], [`concurrency`], [`headers`], [`trace`] | the layers |
//! | [`connections`] | how many connections there may be, and how long one may keep the gateway waiting |
//! | [`pages`] | API reference, explanation of errors |
//! | [`portal`], [`portal_paths`], [`head`] | the embedded portal, which addresses are its pages, and the head of each |
//! | [`sitemap`], [`sitemap_cache`] | what search engines are told |
//! | [`document`] | the OpenAPI document |
//! | [`serving`] | starting and stopping |

pub mod concurrency;
pub mod connections;
pub mod document;
pub mod door;
pub mod head;
pub mod headers;
pub mod host;
pub mod limits;
pub mod openid;
pub mod origin;
pub mod pages;
pub mod portal;
pub mod portal_paths;
pub mod routes;
pub mod serving;
pub mod session;
pub mod settings;
pub mod sitemap;
pub mod sitemap_cache;
pub mod trace;
