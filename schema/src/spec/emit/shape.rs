//! The one shape that all exemplars of a type have together, its declaration, and the locals that its leaves become.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    model::vocabulary::{Kind, Ty, type_named},
    spec::{
        hole::Literal,
        leaf::{Content, Leaf, Path, Step},
        plan::{Codec, Hole},
    },
};

use super::name::{camel, field_ident, shape_ident};

pub(super) use super::locals::{Locals, Side};

/// What may stand at a place.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::spec) enum Shape {
    Text,
    Unsigned,
    Signed,
    Number,
    Bool,
    Json,
    /// A type of the unified model, by its own shape.
    Type(&'static str),
    /// A shape that is declared elsewhere, by its name.
    Declared(String),
    List(Box<Shape>),
    First(Box<Shape>),
    Object(Vec<(String, Shape)>),
    Choice(Choice),
}

/// How the root of a shape takes what its spec does not know.
pub(super) enum Manner {
    /// It passes over keys that it does not know, and refuses values of other kinds.
    Strict,
    /// It names those keys, but not these, which say nothing.
    NamesUnknown { passed: Vec<String> },
    /// So does this, and it passes over values of other kinds too.
    Loose { passed: Vec<String> },
}

/// Several JSON kinds at one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::spec) struct Choice {
    pub(super) text: bool,
    pub(super) list: Option<Box<Shape>>,
    pub(super) object: Option<Box<Shape>>,
}

impl Choice {
    /// The shape of the elements, if one of the kinds is a list.
    pub(super) fn element(self) -> Option<Shape> {
        match *self.list? {
            Shape::List(inner) | Shape::First(inner) => Some(*inner),
            _ => None,
        }
    }
}

impl Shape {
    /// The shape of a value without regard to its place.
    pub(in crate::spec) fn of(hole: &Hole) -> Shape {
        let part_list = || Shape::List(Box::new(Shape::Type("Part")));
        match (hole.codec, hole.ty()) {
            (Some(Codec::TextOrList | Codec::ListOrText), ty) => {
                let list = if ty == Ty::List(&Ty::Named("Message")) { Shape::of_type(ty) } else { part_list() };
                Shape::Choice(Choice { text: true, list: Some(Box::new(list)), object: None })
            }
            (Some(Codec::Joined | Codec::Gathered | Codec::Word), _) => Shape::Text,
            (Some(Codec::AudioSubtype | Codec::Ending), _) => Shape::Text,
            (Some(Codec::Wrapped), _) => Shape::Json,
            (Some(Codec::Detailed), _) => Shape::List(Box::new(Shape::Json)),
            (Some(Codec::OneOrMany), _) => {
                let list = Shape::List(Box::new(Shape::Text));
                Shape::Choice(Choice { text: true, list: Some(Box::new(list)), object: None })
            }
            (Some(Codec::Not), _) => Shape::Bool,
            (Some(Codec::JsonText | Codec::LowerTypes), _) => Shape::Json,
            (None, ty) => Shape::of_type(ty),
        }
    }

    fn of_type(ty: Ty) -> Shape {
        match ty {
            Ty::Text => Shape::Text,
            Ty::Json => Shape::Json,
            Ty::Unsigned => Shape::Unsigned,
            Ty::Signed => Shape::Signed,
            Ty::Number => Shape::Number,
            Ty::Bool => Shape::Bool,
            Ty::List(inner) => Shape::List(Box::new(Shape::of_type(*inner))),
            Ty::Named(name) => match type_named(name).map(|ty| &ty.kind) {
                Some(Kind::Words(_)) => Shape::Text,
                _ => Shape::Type(name),
            },
        }
    }

    /// The same shape by the name under which it is declared as part of another.
    pub(super) fn declared(self, name: &str) -> Shape {
        match self {
            Shape::Object(_) | Shape::Choice(_) => Shape::Declared(name.to_owned()),
            Shape::List(inner) => Shape::List(Box::new(inner.declared(name))),
            Shape::First(inner) => Shape::First(Box::new(inner.declared(name))),
            other => other,
        }
    }

    /// Two shapes at one place; none if they cannot be told apart by JSON kind.
    fn merged(self, other: Shape) -> Option<Shape> {
        if self == other {
            return Some(self);
        }
        match (self, other) {
            (Shape::Object(mut keys), Shape::Object(others)) => {
                for (key, shape) in others {
                    insert(&mut keys, key, shape)?;
                }
                Some(Shape::Object(keys))
            }
            (Shape::First(one), Shape::First(other)) => Some(Shape::First(Box::new(one.merged(*other)?))),
            (Shape::List(one), Shape::List(other)) => Some(Shape::List(Box::new(one.merged(*other)?))),
            (Shape::First(_), Shape::List(_)) | (Shape::List(_), Shape::First(_)) => None,
            (one, other) => {
                let mut choice = one.into_choice()?;
                let other = other.into_choice()?;
                choice.text |= other.text;
                choice.list = both(choice.list, other.list)?;
                choice.object = both(choice.object, other.object)?;
                Some(Shape::Choice(choice))
            }
        }
    }

    fn into_choice(self) -> Option<Choice> {
        Some(match self {
            Shape::Choice(choice) => choice,
            Shape::Text => Choice { text: true, ..Choice::default() },
            list @ (Shape::List(_) | Shape::First(_)) => Choice { list: Some(Box::new(list)), ..Choice::default() },
            object @ Shape::Object(_) => Choice { object: Some(Box::new(object)), ..Choice::default() },
            _ => return None,
        })
    }

    /// The shape of all these leaves together, or the first leaf that contradicts the others.
    pub(in crate::spec) fn of_leaves<'l>(
        leaves: impl Iterator<Item = (&'l Path, Shape)>,
    ) -> Result<Option<Shape>, &'l Path> {
        let mut root: Option<Shape> = None;
        for (path, shape) in leaves {
            let nested = path.iter().rev().fold(shape, |inner, step| match step {
                Step::Key(key) => Shape::Object(vec![(key.clone(), inner)]),
                Step::Element { each: true } => Shape::List(Box::new(inner)),
                Step::Element { each: false } => Shape::First(Box::new(inner)),
            });
            root = Some(match root {
                Some(root) => root.merged(nested).ok_or(path)?,
                None => nested,
            });
        }
        Ok(root)
    }

    /// The Rust type.
    fn ty(&self, name: &str) -> TokenStream {
        match self {
            Shape::Text => quote!(Text<'a>),
            Shape::Unsigned => quote!(u64),
            Shape::Signed => quote!(i64),
            Shape::Number => quote!(f64),
            Shape::Bool => quote!(bool),
            Shape::Json => quote!(Json<'a>),
            Shape::Type(name) => {
                let ident = shape_ident(name);
                quote!(#ident<'a>)
            }
            Shape::Declared(name) => {
                let ident = shape_ident(name);
                quote!(#ident<'a>)
            }
            Shape::List(inner) => {
                let inner = inner.ty(name);
                quote!(Vec<#inner>)
            }
            Shape::First(inner) => {
                let inner = inner.ty(name);
                quote!(First<#inner>)
            }
            Shape::Object(_) | Shape::Choice(_) => {
                let ident = shape_ident(name);
                quote!(#ident<'a>)
            }
        }
    }

    /// The declarations of this shape and all shapes inside it, by name; the root has a name even if it is an alias.
    pub(super) fn declare(
        &self,
        name: &str,
        manner: &Manner,
        either_case: bool,
        root: bool,
        out: &mut Vec<(String, TokenStream)>,
    ) {
        let ident = shape_ident(name);
        match self {
            Shape::Object(keys) => {
                let mut fields = Vec::new();
                for (key, shape) in keys {
                    let inner = format!("{name}{}", camel(key));
                    shape.declare(&inner, &Manner::Strict, either_case, false, out);
                    let (field, ty) = (field_ident(key), shape.ty(&inner));
                    // The field's name is the key in snake case.
                    let snake = super::name::snake(key);
                    let other = (either_case && snake != *key).then(|| quote!(, other = #snake));
                    // JSON kept as text takes every kind.
                    let strict = (*shape == Shape::Json).then(|| quote!(, strict));
                    fields.push(quote!(#[shape(key = #key #other #strict)] pub(crate) #field: Option<#ty>));
                }
                match manner {
                    Manner::Strict => {}
                    Manner::NamesUnknown { passed } | Manner::Loose { passed } => {
                        let passed = passed.iter().filter(|passed| keys.iter().all(|(key, _)| key != *passed));
                        fields.push(
                            quote!(#[shape(unknown)] #(#[shape(passed = #passed)])* pub(crate) unknown: UnknownKeys<'a>),
                        );
                    }
                }
                if let Manner::Loose { .. } = manner {
                    fields.push(quote!(#[shape(odd)] pub(crate) odd: bool));
                }
                let declaration = quote! {
                    #[derive(Clone, Default, Shape)]
                    pub(crate) struct #ident<'a> { #(#fields,)* #[shape(place)] pub(crate) place: Place<'a> }
                };
                out.push((ident.to_string(), declaration));
            }
            Shape::Choice(choice) => {
                let mut variants = Vec::new();
                if choice.text {
                    variants.push(quote!(#[shape(text)] Text(Text<'a>)));
                }
                if let Some(list) = &choice.list {
                    let inner = format!("{name}List");
                    list.declare(&inner, &Manner::Strict, either_case, false, out);
                    let ty = list.ty(&inner);
                    variants.push(quote!(#[shape(list)] List(#ty)));
                }
                if let Some(object) = &choice.object {
                    let inner = format!("{name}Object");
                    object.declare(&inner, &Manner::Strict, either_case, false, out);
                    let ty = object.ty(&inner);
                    variants.push(quote!(#[shape(object)] Object(#ty)));
                }
                let declaration = quote! {
                    #[derive(Clone, Shape)]
                    pub(crate) enum #ident<'a> { #(#variants),* }
                };
                out.push((ident.to_string(), declaration));
            }
            Shape::List(inner) | Shape::First(inner) => inner.declare(name, &Manner::Strict, either_case, false, out),
            _ => {}
        }
        if root && !matches!(self, Shape::Object(_) | Shape::Choice(_)) {
            let ty = self.ty(name);
            out.push((ident.to_string(), quote!(pub(crate) type #ident<'a> = #ty;)));
        }
    }

    /// The keys of an object.
    pub(super) fn keys(&self) -> &[(String, Shape)] {
        match self {
            Shape::Object(keys) => keys,
            _ => &[],
        }
    }
}

fn insert(keys: &mut Vec<(String, Shape)>, key: String, shape: Shape) -> Option<()> {
    match keys.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => *known = known.clone().merged(shape)?,
        None => keys.push((key, shape)),
    }
    Some(())
}

fn both(one: Option<Box<Shape>>, other: Option<Box<Shape>>) -> Option<Option<Box<Shape>>> {
    Some(match (one, other) {
        (Some(one), Some(other)) => Some(Box::new(one.merged(*other)?)),
        (one, other) => one.or(other),
    })
}

/// The shape that a leaf needs: its value's, or that of the constant that is compared.
pub(in crate::spec) fn leaf_shape(leaf: &Leaf<'_>) -> Shape {
    match &leaf.content {
        Content::Hole(hole) => Shape::of(hole),
        Content::Constant(Literal::Bool(_)) => Shape::Bool,
        Content::Constant(Literal::EmptyObject) => Shape::Json,
        Content::Constant(_) | Content::Interpolation(_) => Shape::Text,
    }
}
