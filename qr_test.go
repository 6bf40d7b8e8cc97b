package whatspie_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// largePNG is wider than anybody should decode.
func largePNG(tb testing.TB) []byte {
	tb.Helper()
	var file bytes.Buffer
	require.NoError(tb, png.Encode(&file, image.NewGray(image.Rect(0, 0, 5000, 1))))
	return file.Bytes()
}

func lines(text string, width int, end string) string {
	var b strings.Builder
	for len(text) > width {
		b.WriteString(text[:width] + end)
		text = text[width:]
	}
	return b.String() + text
}

// codes are the forms in which one picture may come.
func codes(file []byte) map[string]string {
	std := base64.StdEncoding.EncodeToString(file)
	return map[string]string{
		"data URI":                std,
		"data URI, documented":    "data:image/png;base64," + std,
		"data URI, capitals":      "DATA:Image/PNG;BASE64," + std,
		"data URI, parameters":    "data:image/png;charset=utf-8;base64," + std,
		"data URI, no media type": "data:;base64," + std,
		"data URI, wrong type":    "data:image/jpeg;base64," + std,
		"data URI, spaces":        " data:image/png;base64, " + std + "\n",
		"data URI, escaped":       "data:image/png;base64," + url.QueryEscape(std),
		"data URI, unpadded":      "data:image/png;base64," + strings.TrimRight(std, "="),
		"data URI, URL-safe":      "data:image/png;base64," + base64.URLEncoding.EncodeToString(file),
		"bare":                    std,
		"bare, unpadded":          base64.RawStdEncoding.EncodeToString(file),
		"bare, URL-safe":          base64.URLEncoding.EncodeToString(file),
		"bare, raw URL-safe":      base64.RawURLEncoding.EncodeToString(file),
		"bare, in lines":          lines(std, 76, "\r\n"),
		"bare, in indented lines": lines(std, 60, "\n\t "),
		"bare, odd spaces":        "\u00a0" + lines(std, 10, " ") + "\v",
	}
}

func TestParseQRCode(t *testing.T) {
	t.Parallel()
	file := pngCode(t)
	for name, text := range codes(pngCode(t)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := whatspie.ParseQRCode(text)
			require.NoError(t, err)
			assert.Equal(t, file, code.PNG())
			assert.Equal(t, "data:image/png;base64,"+base64.StdEncoding.EncodeToString(file), code.DataURI())
			assert.Empty(t, code.URL())
			picture, err := code.Image()
			require.NoError(t, err)
			want, err := png.Decode(bytes.NewReader(file))
			require.NoError(t, err)
			assert.Equal(t, want.Bounds(), picture.Bounds())

			code.PNG()[0] = 0
			assert.Equal(t, file, code.PNG(), "the slice is a copy")
		})
	}
}

func TestParseQRCodeTakesALink(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://cdn.example.com/qr/7.png?sig=a%2Fb": "https://cdn.example.com/qr/7.png?sig=a%2Fb",
		"  HTTPS://cdn.example.com/qr\n":             "https://cdn.example.com/qr",
	} {
		code, err := whatspie.ParseQRCode(text)
		require.NoError(t, err)
		assert.Equal(t, want, code.URL())
		assert.Nil(t, code.PNG())
		assert.Empty(t, code.DataURI())
		_, err = code.Image()
		require.EqualError(t, err, "whatspie: the API sent a link in place of the QR code's image")
		require.Error(t, code.WriteTerminal(&bytes.Buffer{}))
	}
}

// noCodes are texts that must be refused, and how.
func noCodes(tb testing.TB) map[string]struct{ text, want string } {
	tb.Helper()
	file := pngCode(tb)
	encode := base64.StdEncoding.EncodeToString
	return map[string]struct{ text, want string }{
		"the documented sample": {"data:image/png;base64,json-image", "not a PNG, JPEG or GIF image"},
		"words":                 {"s3cr3t words", "not a PNG, JPEG or GIF image"},
		"raw pairing text":      {"2@s3cr3t,abc==,def", "not a PNG, JPEG or GIF image"},
		"a JPEG":                {encode([]byte("\xff\xd8\xff\xe0s3cr3t")), "not a PNG, JPEG or GIF image"},
		"a GIF":                 {"data:image/gif;base64," + encode([]byte("GIF89a")), "not a PNG, JPEG or GIF image"},
		"an SVG":                {"data:image/svg+xml;base64," + encode([]byte("<svg/>")), "not a PNG, JPEG or GIF image"},
		"an SVG as text":        {"data:image/svg+xml,<svg>s3cr3t</svg>", "data URI is not base64"},
		"a header alone":        {"data:image/png;base64", "data URI is not base64"},
		"a PNG's signature":     {encode(file[:8]), "not a PNG, JPEG or GIF image"},
		"a PNG's start":         {encode(file[:20]), "not a PNG, JPEG or GIF image"},
		"a broken PNG header":   {encode(append(append([]byte{}, file[:20]...), make([]byte, 50)...)), "not a PNG, JPEG or GIF image"},
		"too many pixels":       {encode(largePNG(tb)), "too large"},
		"too much text":         {strings.Repeat("A", 16<<20+1), "too large"},
		"padding inside":        {"iVBO=Rw0KGgo", "not a PNG, JPEG or GIF image"},
		"a plain http link":     {"http://host/s3cr3t", "not a PNG, JPEG or GIF image"},
		"a link to nowhere":     {"https://", "link cannot be parsed"},
		"a link of no form":     {"https://host/%zzs3cr3t", "link cannot be parsed"},
		"a link in two lines":   {"https://host/s3cr3t\nX: y", "link cannot be parsed"},
		"a script":              {"javascript:alert(1)", "not a PNG, JPEG or GIF image"},
		"not UTF-8":             {"\xff\xfe", "not a PNG, JPEG or GIF image"},
	}
}

func TestParseQRCodeRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for name, test := range noCodes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := whatspie.ParseQRCode(test.text)
			require.ErrorContains(t, err, test.want)
			require.NotErrorIs(t, err, whatspie.ErrQRNotReady)
			assert.Nil(t, code)
			assert.NotContains(t, err.Error(), "s3cr3t")
			assert.Less(t, len(err.Error()), 100, "no error repeats the text")
		})
	}
}

func TestParseQRCodeOfNothingIsNotReady(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " \n\t", "data:image/png;base64,", "data:image/png;base64, \n"} {
		code, err := whatspie.ParseQRCode(text)
		require.ErrorIs(t, err, whatspie.ErrQRNotReady, "%q", text)
		assert.Nil(t, code)
	}
}

// The header can be right and the pixels broken: that comes out when they are asked for.
func TestImageOfABrokenPNG(t *testing.T) {
	t.Parallel()
	file := pngCode(t)
	code, err := whatspie.ParseQRCode(base64.StdEncoding.EncodeToString(file[:len(file)-30]))
	require.NoError(t, err)
	_, err = code.Image()
	require.ErrorContains(t, err, "whatspie: the QR code: not a PNG image")
}

func TestQRAsksAsDocumented(t *testing.T) {
	t.Parallel()
	client, mock := mocked(t)
	mock.RegisterResponder(http.MethodGet, "https://api.whatspie.com/devices/7/qr?response_type=url",
		httpmock.NewStringResponder(200, `{"status":200,"message":"OK","data":{"qr":"`+dataURI(t)+`"}}`))
	code, err := client.Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, pngCode(t), code.PNG())
}

func TestQRAcceptsEveryForm(t *testing.T) {
	t.Parallel()
	answers := map[string]reply{
		"raw image":              {status: 200, header: http.Header{"Content-Type": {"image/png"}}, body: string(pngCode(t))},
		"raw image, no type":     {status: 200, body: string(pngCode(t))},
		"the code as data":       ok(`{"status":200,"data":"` + dataURI(t) + `"}`),
		"the code in a bare qr":  ok(`{"qr":"` + dataURI(t) + `"}`),
		"more fields beside it":  ok(`{"data":{"qr":"` + dataURI(t) + `","expires":60}}`),
		"escaped as by PHP":      ok(`{"data":{"qr":"` + strings.ReplaceAll(dataURI(t), "/", `\/`) + `"}}`),
		"escaped more than that": ok(`{"data":{"qr":"` + strings.ReplaceAll(dataURI(t), "=", `\u003d`) + `"}}`),
	}
	for name, text := range codes(pngCode(t)) {
		quoted := strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\u000b`).Replace(text)
		answers[name] = ok(`{"status":200,"message":"OK","data":{"qr":"` + quoted + `"}}`)
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := scriptOf(answer).client(t).Devices.QR(t.Context(), 7)
			require.NoError(t, err)
			assert.Equal(t, pngCode(t), code.PNG())
		})
	}
	link, err := scriptOf(ok(`{"data":{"qr":"https://cdn/7.png"}}`)).client(t).Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, "https://cdn/7.png", link.URL())
}

func TestQRRefusesWhatIsNoCode(t *testing.T) {
	t.Parallel()
	answers := map[string]reply{
		"the documented sample": ok(fixture(t, "get_qr_200.json")),
		"no qr":                 ok(`{"status":200,"data":{"code":"x"}}`),
		"a number":              ok(`{"status":200,"data":{"qr":7}}`),
		"an object":             ok(`{"status":200,"data":{"qr":{"a":"b"}}}`),
		"a list":                ok(`{"status":200,"data":["x"]}`),
		"raw JPEG":              {status: 200, header: http.Header{"Content-Type": {"image/jpeg"}}, body: "\xff\xd8\xff"},
		"raw large image":       {status: 200, header: http.Header{"Content-Type": {"image/png"}}, body: string(largePNG(t))},
		"HTML":                  ok("<html>"),
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(answer)
			code, err := s.client(t, atOnce).Devices.QR(t.Context(), 7)
			assertOnly(t, err, whatspie.ErrUnexpectedResponse)
			assert.Nil(t, code)
			assert.Empty(t, apiError(t, err).Body, "it may be a credential")
			assert.Len(t, s.requests(), 1)
		})
	}
}

func TestQRWaitsBrieflyForItsCode(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":         `{"status":200,"message":"OK","data":{"qr":""}}`,
		"blank":         `{"status":200,"data":{"qr":" "}}`,
		"null":          `{"status":200,"data":{"qr":null}}`,
		"no payload":    `{"status":200,"data":{"qr":"data:image/png;base64,"}}`,
		"null data":     `{"status":200,"data":null}`,
		"no data":       `{"status":200,"message":"OK"}`,
		"no members":    `{"status":200,"data":{}}`,
		"an empty list": `{"status":200,"data":[]}`,
		"data a word":   `{"status":200,"data":""}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				good := ok(`{"data":{"qr":"` + dataURI(t) + `"}}`)
				s := scriptOf(ok(body), ok(body), ok(body), good)
				code, err := s.client(t).Devices.QR(t.Context(), 7)
				require.NoError(t, err)
				assert.NotEmpty(t, code.PNG())
				assert.Len(t, s.requests(), 4)

				s = scriptOf(ok(body))
				code, err = s.client(t).Devices.QR(t.Context(), 7)
				assertOnly(t, err, whatspie.ErrQRNotReady)
				assert.Nil(t, code)
				assert.True(t, apiError(t, err).Retryable())
				assert.EqualError(t, err, "whatspie: GET /devices/7/qr: 200 OK: QR code not ready (4 attempts)")
			})
		})
	}
}

func TestQROfAConnectedDeviceIsNotRetried(t *testing.T) {
	t.Parallel()
	s := scriptOf(ok(fixture(t, "get_qr_already_connected_200.json")))
	code, err := s.client(t, atOnce).Devices.QR(t.Context(), 7)
	assertOnly(t, err, whatspie.ErrDeviceConnected)
	assert.Nil(t, code)
	assert.Len(t, s.requests(), 1)
}

func TestQRGenerationIsRetried(t *testing.T) {
	t.Parallel()
	failed := reply{status: 500, body: fixture(t, "get_qr_generation_failed_500.json")}
	s := scriptOf(failed, failed, ok(`{"data":{"qr":"`+dataURI(t)+`"}}`))
	_, err := s.client(t, atOnce).Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Len(t, s.requests(), 3)
}
