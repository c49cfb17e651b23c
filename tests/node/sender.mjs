// A sender as people write one: signs with the npm package standardwebhooks, posts with fetch, and says what was answered.
// Standard input: {"url", "secret", "deliveries": [{"id", "payload", "times"}], "forms": [{"url", "fields"}]}
import { Webhook } from "standardwebhooks";

const wanted = JSON.parse(await new Response(process.stdin).text());
const answers = [];
const told = async (response) => answers.push({ status: response.status, body: await response.text() });

for (const { id, payload, times } of wanted.deliveries) {
  for (let time = 0; time < times; time += 1) {
    const body = JSON.stringify(payload);
    const now = new Date();
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(wanted.secret).sign(id, now, body),
    };
    await told(await fetch(wanted.url, { method: "POST", headers, body }));
  }
}
for (const { url, fields, file } of wanted.forms) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append("upload", new Blob([new Uint8Array([137, 80, 255, 254])], { type: "image/png" }), "bild.png");
  await told(await fetch(url, { method: "POST", body: form }));
}
console.log(JSON.stringify(answers));
