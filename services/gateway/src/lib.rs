//! The only public entry of the platform.
//!
//! | module | |
//! |---|---|
//! | [`routes`] | every route, and the layers in front of them |
//! | [`gateway`] | the steps of a request to a service and back |
//! | [`session`] | cookies, and protection against cross-site requests |
//! | [`openid`] | the OpenID Provider |
//! | [`host`], [`origin`], [`limits`], [`concurrency`], [`headers`], [`trace`] | the layers |
//! | [`connections`] | limits and timeouts of connections |
//! | [`pages`] | API reference, explanation of errors |
//! | [`portal`], [`portal_paths`], [`head`] | the embedded portal, its page addresses, and the head of each page |
//! | [`sitemap`], [`sitemap_cache`] | `/sitemap.xml` and `/robots.txt` |
//! | [`document`] | the OpenAPI document |
//! | [`serving`] | startup and shutdown |

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod concurrency;
pub mod connections;
pub mod document;
pub mod gateway;
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
