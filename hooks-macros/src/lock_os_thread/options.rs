//! The arguments of `#[lock_os_thread(..)]`, understood.

use super::advice::{CHECK, CPU, NOT_RESTORED, REASON, RESTORE, THREAD, TOKEN, TOKEN_TAKEN, USAGE};
use crate::faults::Faults;
use crate::function::Choice;
use crate::function::names::new_name;
use crate::options::advice::unknown_option;
use crate::options::{self, Argument, Runtime, Value, did_you_mean, into_expression, string};
use crate::site;
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Error, Expr, Lit, Signature};

const RESTORED: [&str; 7] = ["signal_mask", "affinity", "nice", "timer_slack", "locale", "fp_env", "name"];
const WATCHED_ONLY: [&str; 7] =
    ["namespaces", "capabilities", "identity", "no_new_privileges", "seccomp", "file_system", "file_table"];
/// What the kernel keeps of a name.
const LONGEST_NAME: usize = 15;

pub(crate) struct Options {
    pub(super) restore: Vec<String>,
    pub(super) check_full: bool,
    pub(super) token: Option<Ident>,
    pub(super) thread: Option<Thread>,
    pub(super) cpu: Option<Expr>,
    pub(super) reason: Option<String>,
    pub(super) choice: Choice,
    pub(super) runtime: Runtime,
}

pub(super) enum Thread {
    Main,
    Named(String),
}

impl Options {
    pub(super) fn understood(arguments: Vec<Argument>, signature: &Signature, faults: &mut Faults) -> Self {
        options::refuse_duplicates(&arguments, faults);
        let mut options = Options {
            restore: Vec::new(),
            check_full: false,
            token: None,
            thread: None,
            cpu: None,
            reason: None,
            choice: Choice::Nothing,
            runtime: Runtime::default(),
        };
        for argument in arguments {
            options.understand(argument, signature, faults);
        }
        options
    }

    fn understand(&mut self, argument: Argument, signature: &Signature, faults: &mut Faults) {
        match argument.key.name.as_str() {
            "restore" => self.restore = restored(&argument, faults),
            "check" => self.check_full = faults.take(is_full(&argument)).is_some(),
            "token" => self.token = faults.take(new_name(&argument, signature, TOKEN, TOKEN_TAKEN)),
            "thread" => self.thread = faults.take(thread(&argument)),
            "cpu" => self.cpu = faults.take(cpu(argument)),
            "reason" => self.reason = faults.take(reason(&argument)),
            "crate" => self.runtime = faults.take(Runtime::of(&argument)).unwrap_or_default(),
            "future" | "call" if matches!(argument.value, Value::Bare) => self.choice = Choice::of(&argument),
            _ => faults.add(unknown_option(&argument, USAGE)),
        }
    }

    /// `restore=nice+name,thread=gl`, as the site says it.
    pub(super) fn listed(&self) -> String {
        let restore = (!self.restore.is_empty()).then(|| format!("restore={}", self.restore.join("+")));
        let check = self.check_full.then(|| "check=full".to_owned());
        let thread = self.thread.as_ref().map(|thread| match thread {
            Thread::Main => "thread=main".to_owned(),
            Thread::Named(name) => format!("thread={name}"),
        });
        let cpu = self.cpu.as_ref().map(|cpu| match cpu {
            Expr::Lit(literal) => format!("cpu={}", literal.to_token_stream()),
            _ => "cpu".to_owned(),
        });
        site::listed(&[restore, check, thread, cpu])
    }
}

fn restored(argument: &Argument, faults: &mut Faults) -> Vec<String> {
    let listed = match &argument.value {
        Value::List(list) => options::parse(TokenStream::clone(list), faults),
        _ => Vec::new(),
    };
    if listed.is_empty() && faults.is_empty() {
        faults.add(argument.fault(RESTORE));
    }
    options::refuse_duplicates(&listed, faults);
    let mut restored = Vec::new();
    for piece in &listed {
        if let Some(word) = faults.take(restorable(piece)) {
            restored.push(word);
        }
    }
    restored
}

fn restorable(piece: &Argument) -> syn::Result<String> {
    let name = piece.key.name.as_str();
    let word = matches!(piece.value, Value::Bare) && piece.key.ident.is_some();
    if word && RESTORED.contains(&name) {
        return Ok(name.to_owned());
    }
    if WATCHED_ONLY.contains(&name) {
        return Err(piece.fault(NOT_RESTORED));
    }
    Err(piece.fault(format!("{RESTORE}{}", did_you_mean(name, &RESTORED))))
}

fn is_full(argument: &Argument) -> syn::Result<()> {
    let text = string(argument, CHECK)?;
    if text.value() == "full" { Ok(()) } else { Err(Error::new(text.span(), CHECK)) }
}

fn thread(argument: &Argument) -> syn::Result<Thread> {
    let text = string(argument, THREAD)?;
    let name = text.value();
    let refused = |c: char| c.is_control() || matches!(c, '(' | ')' | ',' | ' ' | '"' | '\\');
    if name.is_empty() {
        return Err(Error::new(text.span(), THREAD));
    }
    if name.len() > LONGEST_NAME {
        let advice =
            format!("the system keeps {LONGEST_NAME} bytes of a thread's name, this has {}", name.len());
        return Err(Error::new(text.span(), advice));
    }
    if let Some(mark) = name.chars().find(|c| refused(*c)) {
        let advice =
            format!("{mark:?} may not stand in a thread's name: write letters, digits, `_`, `-`, `.` or `/`");
        return Err(Error::new(text.span(), advice));
    }
    Ok(if name == "main" { Thread::Main } else { Thread::Named(name) })
}

fn cpu(argument: Argument) -> syn::Result<Expr> {
    match into_expression(argument, CPU)? {
        Expr::Lit(literal) if !matches!(literal.lit, Lit::Int(_)) => Err(Error::new_spanned(literal, CPU)),
        expr => Ok(expr),
    }
}

fn reason(argument: &Argument) -> syn::Result<String> {
    let text = string(argument, REASON)?;
    let reason = text.value();
    if reason.trim().is_empty() { Err(Error::new(text.span(), REASON)) } else { Ok(reason) }
}
