/// The page that follows the stream in plain JavaScript.
let plainPage = page(
  .plain,
  body: #"""
      <main>
        <section id="clock"></section>
        <button id="toggle" type="button"></button>
      </main>
      <script>
        // Shows the clock in an element. Returns what ends it, as a React effect does.
        function mountClock(element) {
          element.innerHTML = `
            <p class="connection" data-state="connecting">connecting</p>
            <p class="reading" role="timer"><span class="figures">…</span></p>`;
          const connection = element.querySelector(".connection");
          const reading = element.querySelector(".reading");
          const show = (state) => { connection.dataset.state = connection.textContent = state; };

          const eventSource = new EventSource("/events/stream");
          eventSource.onopen = () => show("open");
          eventSource.onmessage = (event) => {
            const data = JSON.parse(event.data);
            if (data.finished) {
              eventSource.close();
              show("closed");
              reading.innerHTML = `<span class="figures">Finished</span>`;
              return;
            }
            const [date, time] = data.time.split(" ");
            reading.innerHTML = `<span class="label">Server Time: </span>`
              + `<span class="date">${date} </span><span class="figures">${time}</span>`;
          };
          eventSource.onerror = () => {
            eventSource.close();
            show("lost");
          };

          return () => {
            eventSource.close();
            element.innerHTML = `
              <p class="connection" data-state="closed">closed</p>
              <p class="reading"><span class="figures">––:––:––</span></p>`;
          };
        }

        const clock = document.getElementById("clock");
        const toggle = document.getElementById("toggle");
        let unmount = null;
        toggle.onclick = () => {
          if (unmount) {
            unmount();
            unmount = null;
          } else {
            unmount = mountClock(clock);
          }
          toggle.textContent = unmount ? "Unmount the clock" : "Mount the clock";
        };
        toggle.click();
      </script>
    """#)
