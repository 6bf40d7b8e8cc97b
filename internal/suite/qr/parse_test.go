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
	spaced := strings.ReplaceAll(std, "+", " ")
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

		"spaces for plus":            spaced,
		"spaces for plus, data URI":  "data:image/png;base64," + spaced,
		"spaces for plus, in lines":  lines(spaced, 76, "\r\n"),
		"spaces for plus, indented":  lines(spaced, 76, "\n    "),
		"no scheme":                  "image/png;base64," + std,
		"no media type":              "base64," + std,
		"header twice":               "data:image/png;base64,data:image/png;base64," + std,
		"header twice, no scheme":    "data:image/png;base64,image/png;base64," + std,
		"quoted":                     `"data:image/png;base64,` + std + `"`,
		"quoted, escaped":            `"data:image\/png;base64,` + strings.ReplaceAll(std, "/", `\/`) + `"`,
		"single quotes":              "'" + std + "'",
		"quoted payload":             `data:image/png;base64,"` + std + `"`,
		"percent-encoded":            url.QueryEscape("data:image/png;base64," + std),
		"percent-encoded twice":      url.QueryEscape(url.QueryEscape("data:image/png;base64," + std)),
		"percent-encoded and quoted": `"` + url.PathEscape("data:image/png;base64,"+std) + `"`,
	}
}

func TestParseQRCode(t *testing.T) {
	t.Parallel()
	file := wiretest.QRPNG(t)
	for name, text := range codes(wiretest.QRPNG(t)) {
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

// picture draws the code of these tests in two colours, large enough for a lossy format.
func picture(tb testing.TB) image.Image {
	tb.Helper()
	decoded, err := png.Decode(bytes.NewReader(wiretest.QRPNG(tb)))
	require.NoError(tb, err)
	return decoded
}

func TestParseQRCodeConvertsToPNG(t *testing.T) {
	t.Parallel()
	var asGIF, asJPEG bytes.Buffer
	require.NoError(t, gif.Encode(&asGIF, picture(t), nil))
	require.NoError(t, jpeg.Encode(&asJPEG, picture(t), nil))
	want := drawing(t, wiretest.QRDataURI(t))
	for name, file := range map[string][]byte{"gif": asGIF.Bytes(), "jpeg": asJPEG.Bytes()} {
		std := base64.StdEncoding.EncodeToString(file)
		for _, text := range []string{std, "data:image/" + name + ";base64," + std, "data:image/png;base64," + std, lines(std, 76, "\n")} {
			code, err := whatspie.ParseQRCode(text)
			require.NoError(t, err, name)
			decoded, err := png.Decode(bytes.NewReader(code.PNG()))
			require.NoError(t, err, name)
			assert.Equal(t, picture(t).Bounds(), decoded.Bounds())
			assert.Equal(t, want, drawing(t, code.DataURI()))
		}
	}
}

func drawing(t *testing.T, text string) string {
	t.Helper()
	code, err := whatspie.ParseQRCode(text)
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, code.WriteTerminal(&out))
	return out.String()
}

func TestParseQRCodeRefusesDamage(t *testing.T) {
	t.Parallel()
	file := wiretest.QRPNG(t)
	changed := bytes.Clone(file)
	changed[len(changed)/2]++
	std := base64.StdEncoding.EncodeToString(file)
	require.Greater(t, strings.Count(std, "+"), 1)
	for name, text := range map[string]string{
		"cut after 100 bytes":   base64.StdEncoding.EncodeToString(file[:100]),
		"cut in its last chunk": base64.StdEncoding.EncodeToString(file[:len(file)-1]),
		"text cut":              std[:len(std)/2],
		"one byte changed":      base64.StdEncoding.EncodeToString(changed),
		"plus left out":         strings.ReplaceAll(std, "+", ""),
		"one plus became a space, another was left out": strings.Replace(strings.Replace(std, "+", " ", 1), "+", "", 1),
	} {
		code, err := whatspie.ParseQRCode(text)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, whatspie.ErrQRNotReady)
		assert.Nil(t, code, name)
	}
}

// noCodes are texts that must be refused, and how.
func noCodes(tb testing.TB) map[string]struct{ text, want string } {
	tb.Helper()
	file := wiretest.QRPNG(tb)
	encode := base64.StdEncoding.EncodeToString
	return map[string]struct{ text, want string }{
		"the documented sample": {"data:image/png;base64,json-image", "not a PNG, JPEG or GIF image"},
		"words":                 {"s3cr3t words", "not a PNG, JPEG or GIF image"},
		"raw pairing text":      {"2@s3cr3t,abc==,def", "not a PNG, JPEG or GIF image"},
		"a broken JPEG":         {encode([]byte("\xff\xd8\xff\xe0s3cr3t")), "image is damaged"},
		"a broken GIF":          {"data:image/gif;base64," + encode([]byte("GIF89a")), "image is damaged"},
		"an SVG":                {"data:image/svg+xml;base64," + encode([]byte("<svg/>")), "an SVG image is not supported"},
		"an SVG as text":        {"data:image/svg+xml,<svg>s3cr3t</svg>", "an SVG image is not supported"},
		"an SVG, escaped":       {"data:image/svg+xml;utf8,%3Csvg%20id='s3cr3t'/%3E", "an SVG image is not supported"},
		"an SVG alone":          {"<svg viewBox='0,0,9,9'>s3cr3t</svg>", "an SVG image is not supported"},
		"a WebP":                {"data:image/webp;base64," + encode([]byte("RIFF\x10\x00\x00\x00WEBPVP8 s3cr3t")), "a WebP image is not supported"},
		"HTML":                  {"<html>s3cr3t, <img></html>", "not a PNG, JPEG or GIF image"},
		"text in a data URI":    {"data:text/plain,s3cr3t", "data URI is not base64"},
		"a header alone":        {"data:image/png;base64", "data URI is not base64"},
		"a PNG's signature":     {encode(file[:8]), "image is damaged"},
		"a PNG's start":         {encode(file[:20]), "image is damaged"},
		"a broken PNG header":   {encode(append(append([]byte{}, file[:20]...), make([]byte, 50)...)), "image is damaged"},
		"too many pixels":       {encode(wiretest.LargePNG(tb)), "too large"},
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
