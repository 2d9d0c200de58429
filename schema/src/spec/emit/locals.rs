//! The locals that the leaves of a shape become.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::spec::leaf::{Path, Step};

use super::{
    name::{camel, field_ident, shape_ident},
    shape::{Choice, Shape},
};

/// The JSON kinds of a place that is a choice; `Plain` elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Plain,
    Text,
    List,
}

/// The locals that hold what was read, by place. Each is an `Option`.
#[derive(Default)]
pub(super) struct Locals {
    /// The statements that make them.
    pub(super) statements: Vec<TokenStream>,
    found: HashMap<(Path, Side), Ident>,
}

impl Locals {
    /// Takes a shape apart, given an expression of its type.
    pub(super) fn of(shape: &Shape, name: &str, expression: TokenStream, prefix: &str, at: &Path) -> Self {
        let mut locals = Locals::default();
        match shape {
            Shape::Object(_) => locals.take_object(shape, name, expression, prefix, at),
            _ => locals.take_apart(shape, name, quote!(Some(#expression)), prefix, at),
        }
        locals
    }

    /// The local at a place for a value of that side; at a place with one kind, that kind's.
    pub(super) fn at(&self, path: &Path, side: Side) -> Option<&Ident> {
        self.found.get(&(path.clone(), side)).or_else(|| self.found.get(&(path.clone(), Side::Plain)))
    }

    fn local(&mut self, prefix: &str, side: Side, path: &Path, expression: TokenStream) -> Ident {
        let suffix = match side {
            Side::Plain => "",
            Side::Text => "_text",
            Side::List => "_list",
        };
        let ident = format_ident!("{}{suffix}", if prefix.is_empty() { "value" } else { prefix });
        self.statements.push(quote!(let #ident = #expression;));
        self.found.insert((path.clone(), side), ident.clone());
        ident
    }

    fn take_apart(&mut self, shape: &Shape, name: &str, expression: TokenStream, prefix: &str, path: &Path) {
        match shape {
            Shape::Object(_) => self.take_object(shape, name, quote!(#expression.unwrap_or_default()), prefix, path),
            Shape::First(inner) => {
                let mut path = path.clone();
                path.push(Step::Element { each: false });
                self.take_apart(inner, name, quote!(#expression.and_then(|list| list.0)), prefix, &path);
            }
            Shape::Choice(choice) => self.take_choice(choice, name, expression, prefix, path),
            _ => {
                self.local(prefix, Side::Plain, path, expression);
            }
        }
    }

    fn take_object(&mut self, shape: &Shape, name: &str, expression: TokenStream, prefix: &str, path: &Path) {
        let ident = shape_ident(name);
        let keys = shape.keys();
        let joined = |key: &str| {
            let key = super::name::snake(key);
            if prefix.is_empty() { super::name::local(&key) } else { format!("{prefix}_{key}") }
        };
        let bound = keys.iter().map(|(key, _)| {
            let (field, local) = (field_ident(key), format_ident!("{}", joined(key)));
            if field == local { quote!(#field) } else { quote!(#field: #local) }
        });
        self.statements.push(quote!(let #ident { #(#bound,)* .. } = #expression;));
        for (key, shape) in keys {
            let mut path = path.clone();
            path.push(Step::Key(key.clone()));
            let (prefix, local) = (joined(key), format_ident!("{}", joined(key)));
            match shape {
                Shape::Object(_) | Shape::Choice(_) | Shape::First(_) => {
                    self.take_apart(shape, &format!("{name}{}", camel(key)), quote!(#local), &prefix, &path);
                }
                _ => {
                    self.found.insert((path, Side::Plain), local);
                }
            }
        }
    }

    fn take_choice(&mut self, choice: &Choice, name: &str, expression: TokenStream, prefix: &str, path: &Path) {
        let ident = shape_ident(name);
        let base = if prefix.is_empty() { "value" } else { prefix };
        let mut sides = Vec::new();
        if choice.text {
            sides.push((format_ident!("{base}_text"), format_ident!("Text")));
        }
        if choice.list.is_some() {
            sides.push((format_ident!("{base}_list"), format_ident!("List")));
        }
        if choice.object.is_some() {
            sides.push((format_ident!("{base}_object"), format_ident!("Object")));
        }
        let locals: Vec<_> = sides.iter().map(|(local, _)| local).collect();
        let arms = sides.iter().enumerate().map(|(index, (_, variant))| {
            let values = (0..sides.len()).map(|other| if other == index { quote!(Some(value)) } else { quote!(None) });
            quote!(Some(#ident::#variant(value)) => (#(#values,)*))
        });
        let nothing = sides.iter().map(|_| quote!(None));
        self.statements.push(quote!(let (#(#locals,)*) = match #expression { #(#arms,)* None => (#(#nothing,)*) };));
        for (local, variant) in &sides {
            match (variant.to_string().as_str(), &choice.list, &choice.object) {
                ("Text", ..) => {
                    self.found.insert((path.clone(), Side::Text), local.clone());
                }
                ("List", Some(list), _) => match &**list {
                    Shape::First(_) => {
                        self.take_apart(list, &format!("{name}List"), quote!(#local), &format!("{base}_list"), path)
                    }
                    _ => {
                        self.found.insert((path.clone(), Side::List), local.clone());
                    }
                },
                (_, _, Some(object)) => {
                    self.take_apart(object, &format!("{name}Object"), quote!(#local), &format!("{base}_object"), path);
                }
                _ => {}
            }
        }
    }
}
