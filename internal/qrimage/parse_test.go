package qrimage_test

import (
	"bytes"
	"encoding/base64"
	"image/color"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

const (
	dataURI = "data:image/png;base64,"
	// secret is part of inputs that Parse rejects. No error may contain it.
	secret = "s3cr3t"
)

// parseErrors matches the messages of Parse. None of them repeats the input.
var parseErrors = regexp.MustCompile(`^(empty|the link cannot be parsed|the link is not https|the data URI is not base64|` +
	`not a PNG, JPEG or GIF image|an SVG image is not supported|a WebP image is not supported|` +
	`the image is damaged|the image is too large(: \d+ by \d+ pixels)?)$`)

func base64Of(file []byte) string { return base64.StdEncoding.EncodeToString(file) }

// wrapped breaks a text into lines.
func wrapped(text string, width int, newline string) string {
	var b strings.Builder
	for ; len(text) > width; text = text[width:] {
		b.WriteString(text[:width] + newline)
	}
	return b.String() + text
}

func samplePNG(tb testing.TB) []byte {
	tb.Helper()
	return pngBytes(tb, paint(encode(tb, payload(2, 2)), 1, 1, color.Black, color.White))
}

// forms returns a PNG in the forms that servers are known to send.
func forms(file []byte) map[string]string {
	std := base64Of(file)
	spaces := strings.ReplaceAll(std, "+", " ")
	return map[string]string{
		"base64":                          std,
		"base64, URL-safe without pad":    base64.RawURLEncoding.EncodeToString(file),
		"base64 in lines":                 wrapped(std, 76, "\r\n"),
		"data URI":                        dataURI + std,
		"data URI in capitals":            "DATA:IMAGE/PNG;BASE64 , " + std,
		"data URI of another type":        " data:image/jpeg;charset=utf-8;base64," + std + "\n",
		"data URI without scheme":         "image/png;base64," + std,
		"data URI header repeated":        dataURI + dataURI + std,
		"data URI, percent-encoded":       url.QueryEscape(dataURI + std),
		"data URI, percent-encoded twice": url.QueryEscape(url.QueryEscape(dataURI + std)),
		"JSON string":                     `"data:image\/png;base64,` + strings.ReplaceAll(std, "/", `\/`) + `"`,
		"single quotes":                   "'" + std + "'",
		"spaces for plus":                 dataURI + spaces,
		"spaces for plus in lines":        wrapped(spaces, 76, "\n    "),
	}
}

func TestParse_imageForms(t *testing.T) {
	t.Parallel()
	file := samplePNG(t)
	require.Contains(t, base64Of(file), "+")
	for name, text := range forms(file) {
		png, link, err := qrimage.Parse(text)
		require.NoError(t, err, name)
		assert.Equal(t, string(file), png, name)
		assert.Empty(t, link, name)
	}
}

func TestParse_convertsToPNG(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(2, 2))
	png, _, err := qrimage.Parse(base64Of(gifBytes(t, paint(code, 2, 4, color.Black, color.White))))
	require.NoError(t, err)
	requireCode(t, code, decode(t, []byte(png)))
}

func TestParse_link(t *testing.T) {
	t.Parallel()
	for want, text := range map[string]string{
		"https://host/qr?sig=a%2Fb": "https://host/qr?sig=a%2Fb",
		"https://host/capitals":     " HTTPS://host/capitals\n",
		"https://host/json":         `"https:\/\/host\/json"`,
		"https://host?escaped=%2F":  "https%3A%2F%2Fhost%3Fescaped%3D%252F",
	} {
		png, link, err := qrimage.Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, link)
		assert.Empty(t, png)
	}
}

// rejected returns texts that Parse rejects, with the expected error: a part of its message.
func rejected(tb testing.TB) map[string]struct{ text, want string } {
	tb.Helper()
	file := samplePNG(tb)
	std := base64Of(file)
	changed := samplePNG(tb)
	changed[len(changed)/2]++
	const format, svg, damaged, tooLarge = "not a PNG", "SVG", "damaged", "too large"
	return map[string]struct{ text, want string }{
		"empty text":                     {"", "empty"},
		"white space":                    {" \n\t", "empty"},
		"data URI without data":          {dataURI + " ", "empty"},
		"data URI header without comma":  {"data:image/png;base64", "data URI is not base64"},
		"data URI with plain text":       {"data:text/plain," + secret, "data URI is not base64"},
		"words":                          {secret + " words", format},
		"raw pairing text":               {"2@" + secret + ",abc==,def", format},
		"HTML":                           {"<html>" + secret + ", <img></html>", format},
		"SVG":                            {"<svg viewBox='0,0,9,9'>" + secret + "</svg>", svg},
		"SVG in a data URI":              {"data:image/svg+xml;utf8,%3Csvg%20id='" + secret + "'/%3E", svg},
		"WebP":                           {base64Of([]byte("RIFF\x10\x00\x00\x00WEBPVP8 " + secret)), "WebP"},
		"invalid percent-encoding":       {"%zz" + secret, format},
		"not UTF-8":                      {"\xff\xfe", format},
		"too many layers":                {strings.Repeat(dataURI, 9) + std, "data URI is not base64"},
		"http link":                      {"http://host/" + secret, "the link is not https"},
		"link without host":              {"https://", "link cannot be parsed"},
		"link with invalid escape":       {"https://host/%zz" + secret, "link cannot be parsed"},
		"link with a line break":         {"https://host/" + secret + "\nX: y", "link cannot be parsed"},
		"truncated PNG":                  {base64Of(file[:len(file)-1]), damaged},
		"PNG with a changed byte":        {dataURI + base64Of(changed), damaged},
		"truncated base64":               {std[:len(std)/2], damaged},
		"base64 without its plus signs":  {strings.ReplaceAll(std, "+", ""), damaged},
		"too many pixels":                {base64Of(withSize(file, 1<<15, 1<<15)), tooLarge},
		"too much text":                  {strings.Repeat("A", 16<<20+1), tooLarge},
		"JPEG without content":           {base64Of([]byte("\xff\xd8\xff\xe0" + secret)), damaged},
		"ambiguous space":                {ambiguous(file), damaged},
		"nested data URI without base64": {dataURI + "data:text/plain," + secret, "data URI is not base64"},
	}
}

// ambiguous returns base64 of a PNG file with more bytes after its end, which depend on what a space stands for.
func ambiguous(file []byte) string {
	padding := make([]byte, (3-len(file)%3)%3)
	return base64Of(append(bytes.Clone(file), padding...)) + " AAA"
}

func TestParse_rejects(t *testing.T) {
	t.Parallel()
	for name, test := range rejected(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			png, link, err := qrimage.Parse(test.text)
			require.ErrorContains(t, err, test.want)
			assert.Regexp(t, parseErrors, err.Error())
			assert.NotContains(t, err.Error(), secret)
			assert.Empty(t, png)
			assert.Empty(t, link)
		})
	}
}

// FuzzParse checks that Parse does not panic, that no error repeats the input, and that a PNG is parsed to itself.
func FuzzParse(f *testing.F) {
	for _, text := range forms(samplePNG(f)) {
		f.Add(text)
	}
	for _, test := range rejected(f) {
		if len(test.text) < 1000 {
			f.Add(test.text)
		}
	}
	f.Add("https://host/qr?sig=a%2Fb")
	f.Fuzz(func(t *testing.T, text string) {
		png, link, err := qrimage.Parse(text)
		switch {
		case err != nil:
			require.Regexp(t, parseErrors, err.Error())
			require.Empty(t, png+link)
		case link != "":
			require.True(t, strings.HasPrefix(link, "https://"), link)
			require.Empty(t, png)
		default:
			again, _, err := qrimage.Parse(dataURI + base64Of([]byte(png)))
			require.NoError(t, err)
			require.Equal(t, png, again)
		}
	})
}
