// Asks for the state twice a second, not while the page is hidden.
const field = id => document.getElementById(id);

async function refresh() {
  if (document.hidden) return;
  try {
    const { totals, lines } = await (await fetch("state")).json();
    for (const name of ["committed", "billed", "shipped", "pending"]) field(name).textContent = totals[name];
    field("lines").replaceChildren(...lines.map(line => {
      const row = document.createElement("tr");
      for (const text of [line.at, line.who, line.what]) row.insertCell().textContent = text;
      return row;
    }));
    field("state").textContent = "live";
  } catch {
    field("state").textContent = "the application does not answer; start it again and it carries on";
  }
}

field("place").addEventListener("click", async () => {
  await fetch("orders", { method: "POST" }).catch(() => {});
  refresh();
});
setInterval(refresh, 500);
refresh();
