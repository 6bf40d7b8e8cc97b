package qr_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// wrap inserts a separator after every width bytes.
func wrap(text string, width int, separator string) string {
	var b strings.Builder
	for len(text) > width {
		b.WriteString(text[:width] + separator)
		text = text[width:]
	}
	return b.String() + text
}

// validTexts returns an image in every accepted format.
func validTexts(file []byte) map[string]string {
	std := base64.StdEncoding.EncodeToString(file)
	spaced := strings.ReplaceAll(std, "+", " ")
	return map[string]string{
		"data URI":                   "data:image/png;base64," + std,
		"data URI, upper case":       "DATA:Image/PNG;BASE64," + std,
		"data URI, parameters":       "data:image/png;charset=utf-8;base64," + std,
		"data URI, no media type":    "data:;base64," + std,
		"data URI, wrong type":       "data:image/jpeg;base64," + std,
		"data URI, white space":      " data:image/png;base64, " + std + "\n",
		"data URI, percent-encoded":  "data:image/png;base64," + url.QueryEscape(std),
		"data URI, unpadded":         "data:image/png;base64," + strings.TrimRight(std, "="),
		"data URI, URL-safe":         "data:image/png;base64," + base64.URLEncoding.EncodeToString(file),
		"base64":                     std,
		"base64, unpadded":           base64.RawStdEncoding.EncodeToString(file),
		"base64, URL-safe":           base64.URLEncoding.EncodeToString(file),
		"base64, URL-safe, unpadded": base64.RawURLEncoding.EncodeToString(file),
		"base64, wrapped":            wrap(std, 76, "\r\n"),
		"base64, wrapped, indented":  wrap(std, 60, "\n\t "),
		"base64, other white space":  "\u00a0" + wrap(std, 10, " ") + "\v",

		"spaces for plus":                    spaced,
		"spaces for plus, data URI":          "data:image/png;base64," + spaced,
		"spaces for plus, wrapped":           wrap(spaced, 76, "\r\n"),
		"spaces for plus, wrapped, indented": wrap(spaced, 76, "\n    "),
		"header without scheme":              "image/png;base64," + std,
		"header without media type":          "base64," + std,
		"two headers":                        "data:image/png;base64,data:image/png;base64," + std,
		"two headers, second without scheme": "data:image/png;base64,image/png;base64," + std,
		"quoted":                             `"data:image/png;base64,` + std + `"`,
		"quoted, escaped slashes":            `"data:image\/png;base64,` + strings.ReplaceAll(std, "/", `\/`) + `"`,
		"single quotes":                      "'" + std + "'",
		"quoted payload":                     `data:image/png;base64,"` + std + `"`,
		"all percent-encoded":                url.QueryEscape("data:image/png;base64," + std),
		"all percent-encoded twice":          url.QueryEscape(url.QueryEscape("data:image/png;base64," + std)),
		"all percent-encoded, quoted":        `"` + url.PathEscape("data:image/png;base64,"+std) + `"`,
	}
}

func TestParseQRCode(t *testing.T) {
	t.Parallel()
	file := wiretest.QRPNG(t)
	for name, text := range validTexts(file) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := whatspie.ParseQRCode(text)
			require.NoError(t, err)
			assert.Equal(t, file, code.PNG())
			assert.Equal(t, "data:image/png;base64,"+base64.StdEncoding.EncodeToString(file), code.DataURI())
			assert.Empty(t, code.URL())
			decoded, err := code.Image()
			require.NoError(t, err)
			want, err := png.Decode(bytes.NewReader(file))
			require.NoError(t, err)
			assert.Equal(t, want.Bounds(), decoded.Bounds())

			code.PNG()[0] = 0
			assert.Equal(t, file, code.PNG(), "PNG returns a copy")
		})
	}
}

func TestParseQRCode_acceptsLink(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://cdn.example.com/qr/7.png?sig=a%2Fb":          "https://cdn.example.com/qr/7.png?sig=a%2Fb",
		"  HTTPS://cdn.example.com/qr\n":                      "https://cdn.example.com/qr",
		`"https:\/\/cdn.example.com\/qr"`:                     "https://cdn.example.com/qr",
		"https%3A%2F%2Fcdn.example.com%2Fqr%3Fsig%3Da%252Fb,": "https://cdn.example.com/qr?sig=a%2Fb,",
	} {
		code, err := whatspie.ParseQRCode(text)
		require.NoError(t, err)
		assert.Equal(t, want, code.URL())
		assert.Nil(t, code.PNG())
		assert.Empty(t, code.DataURI())
		_, err = code.Image()
		require.EqualError(t, err, "whatspie: the API sent a link instead of an image of the QR code")
		require.Error(t, code.WriteTerminal(&bytes.Buffer{}))
	}
}

// qrImage returns the decoded image of wiretest.QRPNG.
func qrImage(tb testing.TB) image.Image {
	tb.Helper()
	decoded, err := png.Decode(bytes.NewReader(wiretest.QRPNG(tb)))
	require.NoError(tb, err)
	return decoded
}

func TestParseQRCode_convertsToPNG(t *testing.T) {
	t.Parallel()
	var asGIF, asJPEG bytes.Buffer
	require.NoError(t, gif.Encode(&asGIF, qrImage(t), nil))
	require.NoError(t, jpeg.Encode(&asJPEG, qrImage(t), nil))
	want := render(t, wiretest.QRDataURI(t))
	for name, file := range map[string][]byte{"gif": asGIF.Bytes(), "jpeg": asJPEG.Bytes()} {
		std := base64.StdEncoding.EncodeToString(file)
		for _, text := range []string{
			std, "data:image/" + name + ";base64," + std, "data:image/png;base64," + std, wrap(std, 76, "\n"),
		} {
			code, err := whatspie.ParseQRCode(text)
			require.NoError(t, err, name)
			decoded, err := png.Decode(bytes.NewReader(code.PNG()))
			require.NoError(t, err, name)
			assert.Equal(t, qrImage(t).Bounds(), decoded.Bounds())
			assert.Equal(t, want, render(t, code.DataURI()))
		}
	}
}

// render parses a code and returns the output of WriteTerminal.
func render(t *testing.T, text string) string {
	t.Helper()
	code, err := whatspie.ParseQRCode(text)
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, code.WriteTerminal(&out))
	return out.String()
}

func TestParseQRCode_rejectsDamagedImage(t *testing.T) {
	t.Parallel()
	file := wiretest.QRPNG(t)
	changed := bytes.Clone(file)
	changed[len(changed)/2]++
	std := base64.StdEncoding.EncodeToString(file)
	require.Greater(t, strings.Count(std, "+"), 1)
	for name, text := range map[string]string{
		"first 100 bytes":                base64.StdEncoding.EncodeToString(file[:100]),
		"without last byte":              base64.StdEncoding.EncodeToString(file[:len(file)-1]),
		"half of the base64":             std[:len(std)/2],
		"one byte changed":               base64.StdEncoding.EncodeToString(changed),
		"every plus removed":             strings.ReplaceAll(std, "+", ""),
		"one plus replaced, one removed": strings.Replace(strings.Replace(std, "+", " ", 1), "+", "", 1),
	} {
		code, err := whatspie.ParseQRCode(text)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, whatspie.ErrQRNotReady)
		assert.Nil(t, code, name)
	}
}

// invalidTexts returns texts that must be rejected, with the expected error.
func invalidTexts(tb testing.TB) map[string]struct{ text, want string } {
	tb.Helper()
	file := wiretest.QRPNG(tb)
	encode := base64.StdEncoding.EncodeToString
	const (
		notImage = "not a PNG, JPEG or GIF image"
		damaged  = "image is damaged"
		svg      = "an SVG image is not supported"
		webp     = "a WebP image is not supported"
		badLink  = "link cannot be parsed"
	)
	return map[string]struct{ text, want string }{
		"documented placeholder":   {"data:image/png;base64,json-image", notImage},
		"plain text":               {"s3cr3t words", notImage},
		"raw pairing text":         {"2@s3cr3t,abc==,def", notImage},
		"damaged JPEG":             {encode([]byte("\xff\xd8\xff\xe0s3cr3t")), damaged},
		"damaged GIF":              {"data:image/gif;base64," + encode([]byte("GIF89a")), damaged},
		"SVG, base64":              {"data:image/svg+xml;base64," + encode([]byte("<svg/>")), svg},
		"SVG, text":                {"data:image/svg+xml,<svg>s3cr3t</svg>", svg},
		"SVG, percent-encoded":     {"data:image/svg+xml;utf8,%3Csvg%20id='s3cr3t'/%3E", svg},
		"SVG without header":       {"<svg viewBox='0,0,9,9'>s3cr3t</svg>", svg},
		"WebP":                     {"data:image/webp;base64," + encode([]byte("RIFF\x10\x00\x00\x00WEBPVP8 s3cr3t")), webp},
		"HTML":                     {"<html>s3cr3t, <img></html>", notImage},
		"text in a data URI":       {"data:text/plain,s3cr3t", "data URI is not base64"},
		"header without data":      {"data:image/png;base64", "data URI is not base64"},
		"PNG signature only":       {encode(file[:8]), damaged},
		"PNG, first 20 bytes":      {encode(file[:20]), damaged},
		"damaged PNG header":       {encode(append(append([]byte{}, file[:20]...), make([]byte, 50)...)), damaged},
		"too many pixels":          {encode(wiretest.LargePNG(tb)), "too large"},
		"text too long":            {strings.Repeat("A", 16<<20+1), "too large"},
		"padding in the middle":    {"iVBO=Rw0KGgo", notImage},
		"http link":                {"http://host/s3cr3t", "the link is not https"},
		"link without host":        {"https://", badLink},
		"link with invalid escape": {"https://host/%zzs3cr3t", badLink},
		"link with line break":     {"https://host/s3cr3t\nX: y", badLink},
		"javascript link":          {"javascript:alert(1)", notImage},
		"not UTF-8":                {"\xff\xfe", notImage},
	}
}

func TestParseQRCode_rejectsOtherText(t *testing.T) {
	t.Parallel()
	for name, test := range invalidTexts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := whatspie.ParseQRCode(test.text)
			require.ErrorContains(t, err, test.want)
			require.NotErrorIs(t, err, whatspie.ErrQRNotReady)
			assert.Nil(t, code)
			assert.NotContains(t, err.Error(), "s3cr3t")
			assert.Less(t, len(err.Error()), 100, "the error does not quote the text")
		})
	}
}

func TestParseQRCode_emptyIsNotReady(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " \n\t", "data:image/png;base64,", "data:image/png;base64, \n"} {
		code, err := whatspie.ParseQRCode(text)
		require.ErrorIs(t, err, whatspie.ErrQRNotReady, "%q", text)
		assert.Nil(t, code)
	}
}
