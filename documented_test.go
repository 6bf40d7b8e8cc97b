package whatspie_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// outcomes is what every method makes of one answer.
func outcomes(t *testing.T, client *whatspie.Client) map[string]any {
	t.Helper()
	found := map[string]any{}
	keep := func(name string, value any, err error) {
		found[name] = value
		if err != nil {
			found[name+" fails"] = *apiError(t, err)
			found[name+" says"] = err.Error()
		}
	}
	device, err := client.Devices.Get(t.Context(), 7)
	keep("Get", device, err)
	created, err := client.Devices.Create(t.Context(), whatspie.CreateDeviceRequest{Package: "X", Name: "x"})
	keep("Create", created, err)
	devices, err := client.Devices.List(t.Context())
	keep("List", devices, err)
	code, err := client.Devices.QR(t.Context(), 7)
	keep("QR", code, err)
	streamed := []whatspie.Device{}
	for device, err := range client.Devices.All(t.Context()) {
		if err != nil {
			keep("All", nil, err)
			continue
		}
		streamed = append(streamed, *device)
	}
	found["All"] = streamed
	return found
}

// assertSameEitherWay reads an answer in the short way and in the one that forgives, which is the only one where drifts
// are looked for.
func assertSameEitherWay(t *testing.T, contentType, body string) {
	t.Helper()
	header := http.Header{"Content-Type": {contentType}}
	s := scriptOf(reply{status: http.StatusOK, header: header, body: body})
	short := outcomes(t, s.client(t, atOnce))
	forgiving := outcomes(t, s.client(t, atOnce, whatspie.WithDriftHandler(func(whatspie.Drift) {})))
	for name := range forgiving {
		assert.Equal(t, forgiving[name], short[name], "%s of %q", name, body)
	}
	assert.Len(t, short, len(forgiving))
}

func TestDocumentedAnswersAreReadTheSameEitherWay(t *testing.T) {
	t.Parallel()
	for _, body := range documentedForms(t) {
		assertSameEitherWay(t, "application/json", body)
		assertSameEitherWay(t, "image/png", body)
	}
}

// documentedForms are all bodies of testdata, and the documented ones in forms that differ in little.
func documentedForms(tb testing.TB) []string {
	tb.Helper()
	device, list := fixture(tb, "get_device_200.json"), fixture(tb, "list_devices_200.json")
	code := strings.Replace(fixture(tb, "get_qr_200.json"), "data:image/png;base64,json-image", "data:image/png;base64,"+base64.StdEncoding.EncodeToString(tinyPNG(tb)), 1)
	forms := append(seeds(tb), device, list, code, `{"status":200,"message":"Device connected","data":[]}`)
	for _, body := range []string{device, list, code} {
		require.NotContains(tb, body, "\x00")
		for from, to := range map[string]string{
			`"status": 200`: `"status":"200"`, `200,`: `399,`, `: 200`: `:400`, `"OK"`: `"Device connected"`, `"message"`: `"messag\u0065"`,
			`: 5,`: `: 5.0,`, `"id": 5`: `"id": 05`, `"id"`: `"ID"`, `5,`: `9223372036854775808,`, `"-1"`: `"+1"`, `"62755"`: `""`,
			`"ACTIVE"`: `null`, `"PAIRED"`: `"\ud800"`, `Startup`: "St\u00e4rt\xffup", `https://`: `https:\/\/`, `Z"`: `+07:00"`,
			`2020-`: `0000-`, `2020-02-26T07:06:47Z`: `0000-01-01T00:00:00+07:00`, `"version"`: `"name":"a","name":"","version"`,
			`2025-08-11T21:30:42Z`: `2025-08-11t21:30:42.123z`, "}": "},", "\n": "\t\r \n", "ASIA": "\x01",
			`"data"`: `"data":{},"data"`, `"phone"`: `"phone":1,"phone"`, `"server"`: `"name":"a","device_name":"b","server"`,
			`"quote_used"`: `"quote_left":"1","quote_used"`, "{\n": "{,", `"qr"`: `"QR"`, "base64,": "base64,%0A",
		} {
			forms = append(forms, strings.Replace(body, from, to, 1), strings.ReplaceAll(body, from, to))
		}
		for i := 0; i < len(body); i += 7 {
			forms = append(forms, body[:i], body[:i]+body[i+1:])
		}
	}
	return forms
}

// FuzzDocumented looks for an answer that the short way reads otherwise than the one that forgives.
func FuzzDocumented(f *testing.F) {
	for _, body := range documentedForms(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) { assertSameEitherWay(t, "application/json", body) })
}
