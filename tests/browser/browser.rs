//! A browser without a window, spoken to over a pipe in the protocol of its developer tools.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

const NAMES: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome-headless-shell",
    "headless_shell",
];
/// Longest time for an answer: machines may be busy.
const PATIENCE: Duration = Duration::from_secs(120);
/// The protocol's pipe is on descriptors 3 and 4.
const WITH_PIPE: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";

/// The program to use, if there is one.
pub(crate) fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FLEETCAST_BROWSER") {
        return Some(PathBuf::from(named));
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut all = NAMES.iter().flat_map(|name| folders.iter().map(move |f| f.join(name)));
    all.find(|program| program.is_file())
}

/// Asks again until there is an answer.
pub(crate) fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let pause = Duration::from_millis(20);
    (0..PATIENCE.as_millis() / pause.as_millis()).find_map(|_| {
        let answer = ask();
        if answer.is_none() {
            std::thread::sleep(pause);
        }
        answer
    })
}

pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    count: u64,
    /// What came beside answers.
    events: Vec<Value>,
}

impl Browser {
    /// Starts the program with a profile in this folder.
    pub(crate) fn start(program: &Path, folder: &Path) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", WITH_PIPE])
            .arg(program)
            .args(["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while stdout.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if send.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let events = Vec::new();
        let mut browser = Self { child, to, from, session: None, count: 0, events };
        browser.attach();
        browser
    }

    fn attach(&mut self) {
        let targets = self.call("Target.getTargets", &json!({}));
        let page = targets["targetInfos"].as_array().unwrap().iter();
        let page = page.clone().find(|target| target["type"] == "page").unwrap();
        let target = json!({ "targetId": page["targetId"], "flatten": true });
        let session = self.call("Target.attachToTarget", &target);
        self.session = session["sessionId"].as_str().map(str::to_owned);
        for part in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{part}.enable"), &json!({}));
        }
        // The page has the keys, although nobody looks at its window.
        self.call("Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }));
    }

    fn next(&mut self) -> Value {
        self.from.recv_timeout(PATIENCE).expect("an answer of the browser")
    }

    /// Calls a method and waits for what it gives.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.count += 1;
        let id = self.count;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        write!(self.to, "{message}\0").and_then(|()| self.to.flush()).unwrap();
        loop {
            let mut answer = self.next();
            if answer["id"] == json!(id) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    /// Opens a page at this width, in a light or dark scheme, and waits until it is there.
    pub(crate) fn open(&mut self, url: &str, width: u32, scheme: &str) {
        let size =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 640 });
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "features": scheme }));
        let loaded = |event: &Value| event["method"] == "Page.loadEventFired";
        self.events.retain(|event| !loaded(event));
        self.call("Page.navigate", &json!({ "url": url }));
        while !self.events.iter().any(loaded) {
            let event = self.next();
            self.events.push(event);
        }
    }

    /// The value of an expression in the page.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Lets the page save files into a folder.
    pub(crate) fn save_into(&mut self, folder: &Path) {
        let session = self.session.take();
        let parameters =
            json!({ "behavior": "allow", "downloadPath": folder.display().to_string() });
        self.call("Browser.setDownloadBehavior", &parameters);
        self.session = session;
    }

    /// Errors and warnings of the console, and exceptions, so far.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // An answer comes after all events before it.
        self.eval("0");
        let is_one = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Log.entryAdded") => event["params"]["entry"]["level"] != "verbose",
            Some("Runtime.consoleAPICalled") => {
                ["error", "warning", "assert"].iter().any(|kind| event["params"]["type"] == *kind)
            }
            _ => false,
        };
        self.events.iter().filter(is_one).map(ToString::to_string).collect()
    }

    /// Addresses that were asked for so far.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        self.eval("0");
        let sent =
            self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| event["params"]["request"]["url"].as_str().map(str::to_owned))
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
