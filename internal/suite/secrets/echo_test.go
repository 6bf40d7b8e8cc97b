package secrets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// tokenForms are the ways in which a server may repeat the token.
func tokenForms(tb testing.TB) map[string]string {
	tb.Helper()
	quoted, err := json.Marshal(wiretest.Token)
	require.NoError(tb, err)
	var literal bytes.Buffer
	encoder := json.NewEncoder(&literal)
	encoder.SetEscapeHTML(false)
	require.NoError(tb, encoder.Encode(wiretest.Token))
	return map[string]string{
		"plain":            wiretest.Token,
		"JSON":             strings.Trim(literal.String(), "\"\n"),
		"JSON, as Go":      string(quoted[1 : len(quoted)-1]),
		"JSON, as PHP":     strings.ReplaceAll(strings.Trim(literal.String(), "\"\n"), "/", `\/`),
		"URL query":        url.QueryEscape(wiretest.Token),
		"URL path":         url.PathEscape(wiretest.Token),
		"URL, as .NET":     strings.NewReplacer("%7C", "%7c", "%2F", "%2f", "%2B", "%2b", "%3C", "%3c", "%3E", "%3e").Replace(url.QueryEscape(wiretest.Token)),
		"HTML":             html.EscapeString(wiretest.Token),
		"HTML, as PHP":     strings.ReplaceAll(html.EscapeString(wiretest.Token), "&#34;", "&quot;"),
		"JSON in a bearer": "Bearer " + string(quoted[1:len(quoted)-1]),
	}
}

func TestClientNamesItsServer(t *testing.T) {
	t.Parallel()
	client := wiretest.NewClient(t, whatspie.WithBaseURL("https://proxy/v1"))
	for _, verb := range []string{"%v", "%+v", "%s"} {
		assert.Equal(t, "whatspie.Client{https://proxy/v1}", fmt.Sprintf(verb, client), verb)
	}
	assert.Equal(t, "whatspie.Client{}", new(whatspie.Client).String())
	assert.Equal(t, "whatspie.Client{}", (*whatspie.Client)(nil).String())
}

func TestQRCodeTellsItsKind(t *testing.T) {
	t.Parallel()
	code, err := whatspie.ParseQRCode(wiretest.QRDataURI(t))
	require.NoError(t, err)
	link, err := whatspie.ParseQRCode("https://host/s3cr3t")
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("whatspie.QRCode{image, %d bytes}", len(code.PNG())), fmt.Sprintf("%+v", code))
	assert.Equal(t, "whatspie.QRCode{link}", fmt.Sprint(link))
	assert.Equal(t, "whatspie.QRCode{}", new(whatspie.QRCode).String())
	assert.Equal(t, "<nil>", (*whatspie.QRCode)(nil).String())
}

func TestResponseTellsItsSize(t *testing.T) {
	t.Parallel()
	body := `{"data":{"qr":"` + wiretest.QRDataURI(t) + `"}}`
	s := wiretest.NewScript(wiretest.Reply{Status: http.StatusOK, Header: http.Header{"X-Request-Id": {wiretest.Token}}, Body: body})
	var response whatspie.Response
	_, err := s.Client(t).Devices.QR(t.Context(), 7, whatspie.WithResponse(&response))
	require.NoError(t, err)
	assert.Equal(t, body, string(response.Body))
	want := fmt.Sprintf("whatspie.Response{200, 1 attempts, %d bytes, request \"[redacted]\"}", len(body))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		assert.Equal(t, want, fmt.Sprintf(verb, response), verb)
	}
}

// everything returns all text of an error.
func everything(t *testing.T, err error) string {
	t.Helper()
	failed := wiretest.APIError(t, err)
	var all strings.Builder
	for _, way := range printed(err) {
		all.WriteString(way.text + "\n")
	}
	fmt.Fprintf(&all, "%s\n%s\n%s\n%s\n%v", failed.Body, failed.Message, failed.Detail, failed.RequestID, failed.Header)
	return all.String()
}

func TestErrorsHideAnEchoedToken(t *testing.T) {
	t.Parallel()
	for form, echo := range tokenForms(t) {
		quotable := echo
		if form == "plain" || strings.HasPrefix(form, "URL") {
			quotable = strings.ReplaceAll(echo, `"`, `\"`)
		}
		header := http.Header{"X-Request-Id": {"r" + echo}, "X-Echo": {"a " + echo + " b"}, "Set-Cookie": {"session=s3cr3t"}}
		for where, answer := range map[string]wiretest.Reply{
			"message":    {Status: 401, Body: `{"code":401,"message":"bad ` + quotable + `!"}`},
			"detail":     {Status: 401, Body: `{"code":401,"message":"m","error":"bad ` + quotable + `!"}`},
			"other":      {Status: 401, Body: `{"code":401,"message":"m","headers":{"authorization":"` + quotable + `"}}`},
			"HTML":       {Status: 403, Body: "<p>" + echo + "</p>"},
			"200 HTML":   {Status: 200, Body: "<p>" + echo + "</p>"},
			"redirect":   {Status: 302, Header: http.Header{"Location": {"https://evil/?t=" + url.QueryEscape(wiretest.Token)}}, Body: echo},
			"at the cut": {Status: 403, Body: strings.Repeat("x", 4<<10-8) + echo},
			"long id":    {Status: 403, Header: http.Header{"X-Request-Id": {strings.Repeat("x", 120) + wiretest.Token}}},
			"transport":  wiretest.Fail(wiretest.TextError("dialing with " + echo)),
		} {
			t.Run(form+" in "+where, func(t *testing.T) {
				t.Parallel()
				if answer.Header == nil {
					answer.Header = header
				}
				_, err := wiretest.NewScript(answer).Client(t, wiretest.NoWaits).Devices.Get(t.Context(), 7)
				assertNoSecret(t, everything(t, err))
				assert.NotContains(t, err.Error(), "\n")
			})
		}
	}
}

func TestErrorsHideAnEchoedQRCode(t *testing.T) {
	t.Parallel()
	image := wiretest.QRDataURI(t)
	bare := strings.TrimPrefix(image, "data:image/png;base64,")
	wrapped := bare[:60] + `\n` + bare[60:120] + `\n` + bare[120:]
	for name, answer := range map[string]wiretest.Reply{
		"message":           {Status: 500, Body: `{"code":500,"message":"failed: ` + image + `"}`},
		"detail":            {Status: 500, Body: `{"code":500,"message":"failed","error":"` + bare + `"}`},
		"a part of it":      {Status: 500, Body: `{"code":500,"message":"cannot draw ` + bare[20:] + `"}`},
		"detail, wrapped":   {Status: 500, Body: `{"code":500,"message":"failed","error":"` + wrapped + `"}`},
		"data":              {Status: 500, Body: `{"code":500,"data":{"qr":"` + image + `"}}`},
		"data, as PHP":      {Status: 500, Body: `{"code":500,"data":{"qr":"` + strings.ReplaceAll(image, "/", `\/`) + `"}}`},
		"data, wrapped":     {Status: 500, Body: `{"code":500,"data":{"qr":"` + wrapped + `"}}`},
		"200 with code 500": {Status: 200, Body: `{"code":500,"data":{"qr":"` + image + `"}}`},
		"200 HTML":          {Status: 200, Body: `<img src="` + image + `">`},
		"200 not a PNG":     {Status: 200, Body: `{"data":{"qr":"data:image/png;base64,` + bare[20:] + `"}}`},
		"header":            {Status: 500, Header: http.Header{"X-Request-Id": {bare}, "X-Qr": {image}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/devices/7/qr?response_type=url", "/devices/7/%71r", "/devices/7/QR"} {
				var code whatspie.QRCode
				client := wiretest.NewScript(answer).Client(t, wiretest.NoWaits)
				err := client.Call(t.Context(), http.MethodGet, path, nil, &struct{ QR int }{})
				require.Error(t, err)
				assertNoSecret(t, everything(t, err))
				assert.Empty(t, code.PNG())
			}
			_, err := wiretest.NewScript(answer).Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
			assertNoSecret(t, everything(t, err))
		})
	}
}

// A creation's response may contain a QR code too.
func TestErrorsOfACreationHideAQRCode(t *testing.T) {
	t.Parallel()
	image := wiretest.QRDataURI(t)
	_, err := wiretest.NewScript(wiretest.OK(`{"status":200,"data":{"qr":"`+image+`"}}`)).Client(t).Devices.Create(t.Context(), wiretest.NewDevice)
	require.ErrorIs(t, err, whatspie.ErrDeviceUnidentified)
	assertNoSecret(t, everything(t, err))
	assert.Contains(t, string(wiretest.APIError(t, err).Body), `{"qr":"[redacted]"}`)
}

// If a call used two tokens, both are hidden.
func TestErrorsHideEveryTokenOfTheCall(t *testing.T) {
	t.Parallel()
	tokens := []string{"first-s3cr3t", "second-T0ken"}
	s := wiretest.NewScript(wiretest.Reply{Status: 503}, wiretest.Reply{Status: 401, Body: `{"message":"first-s3cr3t, then second-T0ken"}`})
	client := s.Client(t, wiretest.NoWaits, whatspie.WithTokenSource(wiretest.TokensInOrder(tokens...)))
	_, err := client.Devices.Get(t.Context(), 7)
	assert.Equal(t, "[redacted], then [redacted]", wiretest.APIError(t, err).Message)
	assertNoSecret(t, everything(t, err))
}
