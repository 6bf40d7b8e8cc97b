package secrets_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// serverEncodings are how servers may encode a token that it repeats in a response.
var serverEncodings = map[string]func(string) string{
	"plain":                func(s string) string { return s },
	"Go":                   strconv.Quote,
	"JSON":                 plainJSONContent,
	"JSON by Go":           goJSONContent,
	"JSON by PHP":          func(s string) string { return strings.ReplaceAll(plainJSONContent(s), "/", `\/`) },
	"JSON in JSON":         func(s string) string { return goJSON(goJSON(s)) },
	"JSON header":          func(s string) string { return "Bearer " + goJSONContent(s) },
	"JSON, each character": escapeEach(`\u%04x`),
	"query":                url.QueryEscape,
	"query by .NET":        lowerCaseQuery,
	"query twice":          func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"JSON in a query":      func(s string) string { return url.QueryEscape(goJSON(s)) },
	"path":                 url.PathEscape,
	"URL, each character":  escapeEach("%%%02X"),
	"HTML":                 html.EscapeString,
	"HTML by PHP":          func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "&#34;", "&quot;") },
	"HTML twice":           func(s string) string { return html.EscapeString(html.EscapeString(s)) },
	"JSON in HTML":         func(s string) string { return html.EscapeString(goJSON(s)) },
	"HTML, each character": escapeEach("&#%d;"),
	"HTML, hexadecimal":    escapeEach("&#x%X;"),
	"XML": func(s string) string {
		var text bytes.Buffer
		_ = xml.EscapeText(&text, []byte(s))
		return text.String()
	},
}

var percentCode = regexp.MustCompile("%[0-9A-F]{2}")

func lowerCaseQuery(s string) string {
	return percentCode.ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower)
}

// goJSON returns a JSON string as encoding/json writes it: <, > and & are escaped.
func goJSON(s string) string { return `"` + jsonContent(s, true) + `"` }

func goJSONContent(s string) string { return jsonContent(s, true) }

func plainJSONContent(s string) string { return jsonContent(s, false) }

// jsonContent returns a JSON string without its quotes.
func jsonContent(s string, escapeHTML bool) string {
	var literal bytes.Buffer
	encoder := json.NewEncoder(&literal)
	encoder.SetEscapeHTML(escapeHTML)
	if err := encoder.Encode(s); err != nil {
		panic(err) // a string can be encoded
	}
	return literal.String()[1 : literal.Len()-len("\"\n")]
}

func escapeEach(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
}

// errorTexts returns all texts of an error: its renderings and its fields.
func errorTexts(t *testing.T, err error) string {
	t.Helper()
	failed := wiretest.APIError(t, err)
	var all strings.Builder
	for _, r := range renderings(err) {
		all.WriteString(r.text + "\n")
	}
	fmt.Fprintf(&all, "%s\n%s\n%s\n%s\n%v", failed.Body, failed.Message, failed.Detail, failed.RequestID, failed.Header)
	return all.String()
}

func TestErrors_hideEchoedToken(t *testing.T) {
	t.Parallel()
	for encoding, encode := range serverEncodings {
		echo := encode(wiretest.Token)
		content := echo // of a JSON string
		if !json.Valid([]byte(`"` + echo + `"`)) {
			content = plainJSONContent(echo)
		}
		header := http.Header{
			"X-Request-Id": {"r" + echo}, "X-Echo": {"a " + echo + " b"}, "Set-Cookie": {"session=s3cr3t"},
		}
		otherField := `{"code":401,"message":"m","headers":{"authorization":"` + content + `"}}`
		location := http.Header{"Location": {"https://evil/?t=" + url.QueryEscape(wiretest.Token)}}
		longID := http.Header{"X-Request-Id": {strings.Repeat("x", 120) + wiretest.Token}}
		for place, reply := range map[string]wiretest.Reply{
			"message":         {Status: 401, Header: header, Body: `{"code":401,"message":"bad ` + content + `!"}`},
			"detail":          {Status: 401, Header: header, Body: `{"code":401,"message":"m","error":"bad ` + content + `!"}`},
			"other field":     {Status: 401, Header: header, Body: otherField},
			"403 HTML":        {Status: 403, Header: header, Body: "<p>" + echo + "</p>"},
			"200 HTML":        {Status: 200, Header: header, Body: "<p>" + echo + "</p>"},
			"redirect":        {Status: 302, Header: location, Body: echo},
			"truncated body":  {Status: 403, Header: header, Body: strings.Repeat("x", 4<<10-8) + echo},
			"long request ID": {Status: 403, Header: longID},
			"transport error": wiretest.Fail(wiretest.TextError("dialing with " + echo)),
		} {
			t.Run(encoding+" in "+place, func(t *testing.T) {
				t.Parallel()
				_, err := wiretest.NewScript(reply).Client(t, wiretest.NoWaits).Devices.Get(t.Context(), 7)
				assertNoSecret(t, errorTexts(t, err))
				assert.NotContains(t, err.Error(), "\n")
			})
		}
	}
}

// These tokens are valid, and hard to recognize once encoded.
func TestErrors_hideUnusualTokens(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]string{
		"all of ASCII":       "s3cr3t!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~T0ken",
		"escape sequences":   `s3cr3t%2F\u003c&amp;\n%25T0ken`,
		"backslashes":        `s3cr3t\\\\T0ken\`,
		"quotes":             `"s3cr3t'T0ken"`,
		"base64":             "s3cr3t+/T0ken==",
		"regular expression": `s3cr3t.*(?i)[^T0ken]{2}$`,
		"punctuation only":   `{"}%\&<>+`,
		"template":           "s3cr3t${1}$0T0ken",
		"JSON object":        `{"s3cr3t":"T0ken"}`,
	} {
		for encoding, encode := range serverEncodings {
			t.Run(name+", "+encoding, func(t *testing.T) {
				t.Parallel()
				echo := encode(token)
				s := wiretest.NewScript(wiretest.Reply{
					Status: 403, Header: http.Header{"X-Request-Id": {echo}}, Body: "<p>" + echo + "</p>",
				})
				client := s.Client(t, whatspie.WithTokenSource(wiretest.TokensInOrder(token)))
				_, err := client.Devices.Get(t.Context(), 7)
				failed := wiretest.APIError(t, err)
				assert.Equal(t, []string{"Bearer " + token}, wiretest.Authorizations(s.Requests()), "sent unchanged")
				assert.Contains(t, string(failed.Body), "[redacted]")
				assert.Contains(t, failed.RequestID, "[redacted]")
				assertNoSecret(t, fmt.Sprintf("%v %s %v", err, failed.Body, failed.Header))
			})
		}
	}
}

// If a call used two tokens, both are hidden.
func TestErrors_hideEveryTokenOfCall(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(
		wiretest.Reply{Status: 503}, wiretest.Reply{Status: 401, Body: `{"message":"first-s3cr3t, then second-T0ken"}`})
	tokens := whatspie.WithTokenSource(wiretest.TokensInOrder("first-s3cr3t", "second-T0ken"))
	_, err := s.Client(t, wiretest.NoWaits, tokens).Devices.Get(t.Context(), 7)
	assert.Equal(t, "[redacted], then [redacted]", wiretest.APIError(t, err).Message)
	assertNoSecret(t, errorTexts(t, err))
}

func TestErrors_hideEchoedQRCode(t *testing.T) {
	t.Parallel()
	image := wiretest.QRDataURI(t)
	bare := strings.TrimPrefix(image, "data:image/png;base64,")
	wrapped := bare[:60] + `\n` + bare[60:120] + `\n` + bare[120:]
	slashesEscaped := strings.ReplaceAll(image, "/", `\/`)
	for name, reply := range map[string]wiretest.Reply{
		"message":               {Status: 500, Body: `{"code":500,"message":"failed: ` + image + `"}`},
		"part in message":       {Status: 500, Body: `{"code":500,"message":"cannot draw ` + bare[20:] + `"}`},
		"detail":                {Status: 500, Body: `{"code":500,"message":"failed","error":"` + bare + `"}`},
		"detail with newlines":  {Status: 500, Body: `{"code":500,"message":"failed","error":"` + wrapped + `"}`},
		"data":                  {Status: 500, Body: `{"code":500,"data":{"qr":"` + image + `"}}`},
		"data, slashes escaped": {Status: 500, Body: `{"code":500,"data":{"qr":"` + slashesEscaped + `"}}`},
		"data with newlines":    {Status: 500, Body: `{"code":500,"data":{"qr":"` + wrapped + `"}}`},
		"200 with code 500":     {Status: 200, Body: `{"code":500,"data":{"qr":"` + image + `"}}`},
		"200 HTML":              {Status: 200, Body: `<img src="` + image + `">`},
		"200 with invalid PNG":  {Status: 200, Body: `{"data":{"qr":"data:image/png;base64,` + bare[20:] + `"}}`},
		"header":                {Status: 500, Header: http.Header{"X-Request-Id": {bare}, "X-Qr": {image}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/devices/7/qr?response_type=url", "/devices/7/%71r", "/devices/7/QR"} {
				client := wiretest.NewScript(reply).Client(t, wiretest.NoWaits)
				err := client.Call(t.Context(), http.MethodGet, path, nil, &struct{ QR int }{})
				require.Error(t, err)
				assertNoSecret(t, errorTexts(t, err))
			}
			assertNoSecret(t, errorTexts(t, qrFailure(t, reply, wiretest.NoWaits)))
		})
	}
}

// The response to a creation may contain a QR code, too.
func TestErrors_hideQRCodeOfCreation(t *testing.T) {
	t.Parallel()
	reply := wiretest.OK(`{"status":200,"data":{"qr":"` + wiretest.QRDataURI(t) + `"}}`)
	_, err := wiretest.NewScript(reply).Client(t).Devices.Create(t.Context(), wiretest.NewDevice)
	require.ErrorIs(t, err, whatspie.ErrDeviceUnidentified)
	assertNoSecret(t, errorTexts(t, err))
	assert.Contains(t, string(wiretest.APIError(t, err).Body), `{"qr":"[redacted]"}`)
}
