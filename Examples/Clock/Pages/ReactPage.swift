/// The page that follows the stream with a React component. Written without JSX, so that nothing needs compiling.
let reactPage = page(
  .react,
  body: #"""
      <main id="root"></main>
      <script src="/scripts/react/react.production.min.js"></script>
      <script src="/scripts/react-dom/react-dom.production.min.js"></script>
      <script>
        const { createElement, useEffect, useState } = React;

        function ServerClock() {
          const [connection, setConnection] = useState("connecting");
          const [data, setData] = useState({});

          useEffect(() => {
            const eventSource = new EventSource("/events/stream");
            eventSource.onopen = () => setConnection("open");
            eventSource.onmessage = (event) => {
              const data = JSON.parse(event.data);
              setData(data);
              if (data.finished) {
                eventSource.close();
                setConnection("closed");
              }
            };
            eventSource.onerror = () => {
              eventSource.close();
              setConnection("lost");
            };
            return () => eventSource.close();
          }, []);

          return createElement(Face, { connection, ...data });
        }

        // What is seen of the clock, mounted or not.
        function Face({ connection, time, finished, figures = "…" }) {
          const [date, hours] = time ? time.split(" ") : [null, finished ? "Finished" : figures];
          return createElement("section", { id: "clock" },
            createElement("p", { className: "connection", "data-state": connection }, connection),
            createElement("p", { className: "reading", role: "timer" },
              date && createElement("span", { className: "label" }, "Server Time: "),
              date && createElement("span", { className: "date" }, date + " "),
              createElement("span", { className: "figures" }, hours)));
        }

        function App() {
          const [isMounted, setMounted] = useState(true);
          return createElement(React.Fragment, null,
            isMounted
              ? createElement(ServerClock)
              : createElement(Face, { connection: "closed", figures: "––:––:––" }),
            createElement("button", { id: "toggle", type: "button", onClick: () => setMounted(!isMounted) },
              isMounted ? "Unmount the clock" : "Mount the clock"));
        }

        ReactDOM.createRoot(document.getElementById("root")).render(createElement(App));
      </script>
    """#)

/// The same place where React is not to be found.
let missingReactPage = page(
  .react,
  body: """
      <main>
        <section id="clock">
          <p class="connection" data-state="lost">React is not installed</p>
          <p class="hint">This page needs React's builds for browsers. Start the clock again after one of these:</p>
          <pre>apt install node-react node-react-dom
    swift run sse-clock</pre>
          <pre>npm install react@18 react-dom@18
    swift run sse-clock --react node_modules</pre>
        </section>
      </main>
    """)
