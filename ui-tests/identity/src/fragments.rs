//! A fn as a `macro_rules!` would write it: its patterns, types and expressions, and the operands of those, each a fragment
//! of a call of `through!`, which is in `fixtures/twins.rs`. They come to the attribute in invisible groups then.
//!
//! `through! { {HEAD} {ARGUMENTS} {OUTPUT} {BODY} }`, where each part is a list of `kind { tokens }`.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    AttrStyle, Attribute, Block, Expr, ExprLit, FnArg, ItemFn, Lit, Local, LocalInit, Pat, ReturnType, Stmt,
};

/// `attribute` over `item`; nothing where that is no fn with a body, or has fragments by itself.
pub(crate) fn through(attribute: &TokenStream, item: TokenStream) -> Option<TokenStream> {
    if has_fragments(&item) {
        return None;
    }
    let function: ItemFn = syn::parse2(item).ok()?;
    let signature = &function.sig;
    let is_inner = |attribute: &&Attribute| matches!(attribute.style, AttrStyle::Inner(_));
    let (inner, attributes): (Vec<_>, Vec<_>) = function.attrs.iter().partition(is_inner);
    let visibility = &function.vis;
    let mut head = signature.clone();
    head.inputs.clear();
    head.output = ReturnType::Default;
    head.generics.where_clause = None;
    // `()` goes, since the arguments' parentheses come instead.
    let mut head: Vec<TokenTree> = head.to_token_stream().into_iter().collect();
    head.pop();
    let head: TokenStream = head.into_iter().collect();
    let head = raw(&quote!(#attribute #(#attributes)* #visibility #head));
    let arguments: TokenStream = signature.inputs.iter().map(argument).collect();
    let output = match &signature.output {
        ReturnType::Default => TokenStream::new(),
        ReturnType::Type(arrow, ty) => [raw(arrow), fragment("ty", ty)].into_iter().collect(),
    };
    let bounds = raw(&signature.generics.where_clause);
    let body = [raw(&quote!(#(#inner)*)), body(&function.block)].into_iter().collect::<TokenStream>();
    Some(quote!(through! { {#head} {#arguments} {#output #bounds} {#body} }))
}

/// Another macro has written them; parsed and written again they would be lost.
fn has_fragments(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::None || has_fragments(&group.stream()),
        _ => false,
    })
}

/// `raw { tokens }`: as they are.
fn raw(tokens: &impl ToTokens) -> TokenStream {
    fragment("raw", tokens)
}

fn fragment(kind: &str, tokens: &impl ToTokens) -> TokenStream {
    let tokens = tokens.to_token_stream();
    if tokens.is_empty() {
        return tokens;
    }
    let braces = Group::new(Delimiter::Brace, tokens);
    [TokenTree::from(Ident::new(kind, Span::call_site())), braces.into()].into_iter().collect()
}

fn argument(argument: &FnArg) -> TokenStream {
    match argument {
        FnArg::Receiver(receiver) => [raw(receiver), raw(&quote!(,))].into_iter().collect(),
        FnArg::Typed(argument) => {
            let attributes = &argument.attrs;
            let parts = [
                raw(&quote!(#(#attributes)*)),
                fragment("pat", &argument.pat),
                raw(&quote!(:)),
                fragment("ty", &argument.ty),
                raw(&quote!(,)),
            ];
            parts.into_iter().collect()
        }
    }
}

fn body(block: &Block) -> TokenStream {
    let last = block.stmts.len().saturating_sub(1);
    let statements = block.stmts.iter().enumerate();
    statements.map(|(index, statement)| self::statement(statement, index == last)).collect()
}

fn statement(statement: &Stmt, is_last: bool) -> TokenStream {
    match statement {
        Stmt::Local(local) => self::local(local),
        Stmt::Expr(expr, Some(semicolon)) => [operands(expr), raw(semicolon)].into_iter().collect(),
        Stmt::Expr(expr, None) if is_last => operands(expr),
        // A block in the middle, which needs no semicolon; items; macros.
        other => raw(other),
    }
}

fn local(local: &Local) -> TokenStream {
    let Local { attrs, let_token, pat, init, semi_token, .. } = local;
    let mut parts = raw(&quote!(#(#attrs)* #let_token));
    match pat {
        Pat::Type(pat) => {
            parts.extend([fragment("pat", &pat.pat), raw(&pat.colon_token), fragment("ty", &pat.ty)]);
        }
        pat => parts.extend(fragment("pat", pat)),
    }
    if let Some(LocalInit { eq_token, expr, diverge, .. }) = init {
        parts.extend([raw(eq_token), operands(expr)]);
        if let Some((otherwise, expr)) = diverge {
            parts.extend([raw(otherwise), fragment("block", expr)]);
        }
    }
    parts.extend(raw(semi_token));
    parts
}

/// What an operator stands beside, and else the whole.
fn operands(expr: &Expr) -> TokenStream {
    let parts = match expr {
        Expr::Binary(it) if it.attrs.is_empty() => vec![operand(&it.left), raw(&it.op), operand(&it.right)],
        Expr::Unary(it) if it.attrs.is_empty() => vec![raw(&it.op), operand(&it.expr)],
        Expr::Cast(it) if it.attrs.is_empty() => {
            vec![whole(&it.expr), raw(&it.as_token), fragment("ty", &it.ty)]
        }
        Expr::Try(it) if it.attrs.is_empty() => vec![whole(&it.expr), raw(&it.question_token)],
        Expr::Await(it) if it.attrs.is_empty() => {
            vec![whole(&it.base), raw(&it.dot_token), raw(&it.await_token)]
        }
        Expr::Reference(it) if it.attrs.is_empty() => {
            vec![raw(&it.and_token), raw(&it.mutability), whole(&it.expr)]
        }
        Expr::Return(it) if it.attrs.is_empty() => {
            let value = it.expr.as_deref().map(whole);
            [Some(raw(&it.return_token)), value].into_iter().flatten().collect()
        }
        Expr::Assign(it) if it.attrs.is_empty() => vec![whole(&it.left), raw(&it.eq_token), whole(&it.right)],
        expr => vec![whole(expr)],
    };
    parts.into_iter().collect()
}

/// Of `x + 3` the `3` as `3 & 3`, and of `(x + 1) * y` what is in parentheses without: another value where the fragment is torn.
fn operand(expr: &Expr) -> TokenStream {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), attrs }) if attrs.is_empty() => {
            fragment("expr", &quote!(#number & #number))
        }
        Expr::Paren(it) if it.attrs.is_empty() => fragment("expr", &it.expr),
        expr => whole(expr),
    }
}

/// By the most special kind of fragment that takes it.
fn whole(expr: &Expr) -> TokenStream {
    match expr {
        Expr::Lit(it) if it.attrs.is_empty() => fragment("literal", it),
        Expr::Path(it) if it.attrs.is_empty() && it.path.segments.len() > 1 => fragment("path", it),
        Expr::Block(it) if it.attrs.is_empty() && it.label.is_none() => fragment("block", it),
        expr => fragment("expr", expr),
    }
}
