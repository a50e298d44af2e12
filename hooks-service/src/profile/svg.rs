//! A flame graph as one SVG file: no scripts or fonts from elsewhere, so that a browser shows it from disk.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

use super::amount::Amount;
use super::data::Profile;
use super::top::percent;

/// Height of a frame in pixels.
const ROW: usize = 17;
/// Room for the title and the line below it.
const HEAD: usize = 44;
/// Frames narrower than this share of the graph, in percent, are left out: nobody could hit them.
const LEAST: f64 = 0.02;

/// A click on a frame makes it as wide as the graph, one on the title undoes it.
const SCRIPT: &str = include_str!("flame.js");
const STYLE: &str = "text{font:12px monospace;pointer-events:none}\
    rect{stroke:#fff;stroke-width:.5}svg svg{cursor:pointer}svg svg:hover rect{stroke:#000}\
    #title{font:16px sans-serif;pointer-events:auto;cursor:pointer}";

impl Profile {
    /// Writes a flame graph: one SVG file for a browser, in which a click on a frame shows it at full width. The thread's first
    /// function is at the top, and what it calls below it; the width is the share of the samples. A tooltip has the whole name and
    /// the numbers.
    ///
    /// Inlined calls are frames of their own. Frames of less than 1/5000 of the profile are left out. Lost samples are a frame of
    /// their own, `lost samples`.
    ///
    /// ```no_run
    /// # fn save(profile: &hooks_service::profile::Profile) -> std::io::Result<()> {
    /// profile.write_svg(std::fs::File::create("cpu.svg")?)
    /// # }
    /// ```
    ///
    /// Go: the flame graph of `go tool pprof -http`. Cost: that of the names, see [`Profile::write_pprof`].
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn write_svg(&self, writer: impl Write) -> io::Result<()> {
        self.write_svg_by(&[], writer)
    }

    /// Like [`Profile::write_svg`], with the values of the labels `keys` as the outermost frames: one tower for each route, or with
    /// `&["thread"]` for each thread. As [`Profile::write_folded_by`] does.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(50))?;
    /// let mut svg = Vec::new();
    /// profile.write_svg_by(&["thread"], &mut svg)?;
    /// assert!(svg.starts_with(b"<?xml"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: that of the names, see [`Profile::write_pprof`].
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn write_svg_by(&self, keys: &[&str], writer: impl Write) -> io::Result<()> {
        let stacks = self.folded(keys);
        let mut root = Node::default();
        for (stack, weight) in &stacks {
            root.add(stack.split(';'), *weight);
        }
        let amount = self.amount();
        let title = format!("{} {}", amount.kind, amount.text(root.weight));
        let mut graph = Graph { total: root.weight, amount, frames: String::new(), depth: 0 };
        graph.frame("all", &root, 0.0, 0);
        let mut writer = BufWriter::new(writer);
        graph.write(&title, &mut writer)?;
        writer.flush()
    }
}

/// A function where it was called from one place in the tree.
#[derive(Default)]
struct Node<'a> {
    weight: u64,
    callees: BTreeMap<&'a str, Node<'a>>,
}

impl<'a> Node<'a> {
    fn add(&mut self, stack: impl Iterator<Item = &'a str>, weight: u64) {
        self.weight = self.weight.saturating_add(weight);
        let mut node = self;
        for function in stack {
            node = node.callees.entry(function).or_default();
            node.weight = node.weight.saturating_add(weight);
        }
    }
}

struct Graph {
    total: u64,
    amount: Amount,
    frames: String,
    depth: usize,
}

impl Graph {
    /// Draws a frame that begins at `left` percent, and those below it.
    fn frame(&mut self, name: &str, node: &Node<'_>, left: f64, depth: usize) {
        let width = percent(node.weight, self.total);
        if width < LEAST {
            return;
        }
        self.depth = self.depth.max(depth + 1);
        let (label, amount, top) = (escape(name), self.amount.text(node.weight), HEAD + depth * ROW);
        // A nested image cuts the text off at its edge, and percents follow the window's width.
        let _ = writeln!(
            self.frames,
            r#"<svg x="{left:.4}%" y="{top}" width="{width:.4}%" height="{ROW}"><title>{label} ({amount}, {width:.2}%)</title><rect width="100%" height="100%" fill="{}"/><text x="3" y="12">{label}</text></svg>"#,
            color(name)
        );
        let mut left = left;
        for (name, callee) in &node.callees {
            self.frame(name, callee, left, depth + 1);
            left += percent(callee.weight, self.total);
        }
    }

    fn write(&self, title: &str, writer: &mut impl Write) -> io::Result<()> {
        let height = HEAD + self.depth * ROW + 8;
        writeln!(
            writer,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%\" height=\"{height}\">\n\
             <style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text id=\"title\" x=\"3\" y=\"20\">{}</text>\n{}\
             <script><![CDATA[\n{SCRIPT}]]></script>\n</svg>",
            escape(title),
            self.frames
        )
    }
}

/// Text as XML has it. Characters that XML has not become U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            character if character.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            character => escaped.push(character),
        }
    }
    escaped
}

/// A warm color, the same for the same name in every graph.
fn color(name: &str) -> String {
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [hue, light, ..] = hash.to_le_bytes();
    format!("hsl({},85%,{}%)", hue % 55, 62 + light % 14)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::data::LabelValue;
    use crate::profile::test_profile::{heap, label, profile};
    use roxmltree::{Document, Node as Element};

    /// The frames' titles, with their left edges and widths in percent.
    fn frames(document: &Document<'_>) -> Vec<(String, f64, f64)> {
        let percent = |frame: &Element<'_, '_>, name| frame.attribute(name)?.strip_suffix('%')?.parse().ok();
        let frame = |frame: Element<'_, '_>| {
            let title = frame.children().find(|child| child.has_tag_name("title"))?.text()?.to_owned();
            Some((title, percent(&frame, "x")?, percent(&frame, "width")?))
        };
        document.descendants().filter_map(frame).collect()
    }

    fn svg(profile: &Profile, keys: &[&str]) -> String {
        let mut bytes = Vec::new();
        profile.write_svg_by(keys, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn widths_are_shares_and_callees_lie_within_their_callers() {
        let text = svg(&profile(), &[]);
        let document = Document::parse(&text).unwrap();
        let frames = frames(&document);
        let find = |name: &str| frames.iter().find(|frame| frame.0.contains(name)).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 0.001;
        assert_eq!(find("all").0, "all (1.00s, 100.00%)");
        assert_eq!(find("::busy").0, "hooks_service::profile::test_profile::busy (0.70s, 70.00%)");
        assert!(near(find("::caller").2, 97.0) && near(find("lost samples").2, 3.0), "{frames:?}");
        let (caller, busy, idle) = (find("::caller"), find("::busy"), find("::idle"));
        assert!(near(busy.1, caller.1) && near(idle.1, busy.1 + busy.2), "{frames:?}");
        assert!(near(caller.1 + caller.2, idle.1 + idle.2), "{frames:?}");
    }

    #[test]
    fn names_and_amounts_are_those_of_the_shown_type() {
        let mut heap = heap();
        let texts = |heap: &Profile| {
            let text = svg(heap, &[]);
            let document = Document::parse(&text).unwrap();
            let title = document.descendants().find(|node| node.attribute("id") == Some("title")).unwrap();
            (title.text().unwrap().to_owned(), frames(&document)[0].0.clone())
        };
        let pair = |title: &str, all: &str| (title.to_owned(), all.to_owned());
        assert_eq!(texts(&heap), pair("inuse_space 3.00MB", "all (3.00MB, 100.00%)"));
        heap.shown = 2;
        assert_eq!(texts(&heap), pair("inuse_objects 3", "all (3, 100.00%)"));
    }

    #[test]
    fn hostile_names_stay_text() {
        let hostile = "]]></svg><script>alert('1' & \"2\")</script>\u{1b}[2J\u{ffff}\u{0}";
        let mut profile = profile();
        profile.samples[0].labels = [label("route", LabelValue::Text(hostile.into()))].into();
        let text = svg(&profile, &["route"]);
        let document = Document::parse(&text).unwrap();
        let shown = "route=]]></svg><script>alert('1' & \"2\")</script> [2J\u{fffd}  (0.50s, 50.00%)";
        assert!(frames(&document).iter().any(|frame| frame.0 == shown), "{text}");
        assert_eq!(document.descendants().filter(|node| node.has_tag_name("script")).count(), 1);
    }

    #[test]
    fn an_empty_profile_is_an_empty_graph() {
        let empty = Profile { samples: Vec::new(), lost: vec![0; 2], ..profile() };
        assert_eq!(frames(&Document::parse(&svg(&empty, &[])).unwrap()), []);
    }

    #[test]
    fn nothing_comes_from_elsewhere() {
        let text = svg(&profile(), &[]).replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("http") && !text.contains("href") && !text.contains("url("), "{text}");
    }
}
