package secrets_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// secretNeedles returns texts that appear only where the token, the link to a QR code or the image of one is shown.
func secretNeedles(tb testing.TB) []string {
	tb.Helper()
	needleCache.once.Do(func() {
		image := string(wiretest.QRPNG(tb))
		encoded := base64.StdEncoding.EncodeToString([]byte(image)) // as in a response, which may be encoded again
		needles := slices.Concat(
			encodings("s3cr3t"), // in the token and in links
			encodings(`/"T0ken"+<`),
			encodings(image[len(image)/2:len(image)/2+12]),
			encodings(encoded[len(encoded)/2:len(encoded)/2+12]),
			[]string{"T0ken", "iVBORw0KGgo", "PNG\r\n", wiretest.QRPayload},
		)
		for _, needle := range needles {
			require.GreaterOrEqual(tb, len(needle), 5, "%q would be found anywhere", needle)
		}
		slices.Sort(needles)
		needleCache.needles = slices.Compact(needles)
	})
	require.NotEmpty(tb, needleCache.needles)
	return needleCache.needles
}

var needleCache struct {
	once    sync.Once
	needles []string
}

// encodings returns the forms that a part from the middle of a secret can have in a printed text.
func encodings(part string) []string {
	raw := []byte(part)
	forms := []string{
		part,
		strings.Trim(strconv.QuoteToASCII(part), `"`),
		strings.ReplaceAll(part, "<", `\u003c`),
		url.QueryEscape(part),
		url.PathEscape(part),
		html.EscapeString(part),
		hex.EncodeToString(raw),
		strings.ToUpper(hex.EncodeToString(raw)),
		strings.Trim(strings.ReplaceAll(fmt.Sprintf("%d", raw), " ", ","), "[]"), // bytes as an array of numbers
	}
	for _, verb := range verbs {
		if verb != "%T" && verb != "%p" {
			forms = append(forms, strings.Trim(strings.TrimPrefix(fmt.Sprintf(verb, raw), "[]byte"), "[]{}\"`"))
		}
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for offset := range 3 { // of the part within base64's groups of three bytes
			text := encoding.EncodeToString(append(make([]byte, offset), raw...))
			forms = append(forms, text[(offset*8+5)/6:(offset+len(raw))*8/6])
		}
	}
	return forms
}

// findNeedle returns the first needle in a text, or "" if there is none.
func findNeedle(text string, needles []string) string {
	for _, needle := range needles {
		if strings.Contains(text, needle) {
			return needle
		}
	}
	return ""
}

// assertNoSecret checks that a text contains no needle.
func assertNoSecret(t *testing.T, text string) {
	t.Helper()
	if needle := findNeedle(text, secretNeedles(t)); needle != "" {
		assert.NotContains(t, text, needle)
	}
}

// The needles are found if a secret is not protected.
func TestNeedles_findUnprotectedSecrets(t *testing.T) {
	t.Parallel()
	needles := secretNeedles(t)
	for name, secret := range map[string]string{
		"token": wiretest.Token,
		"image": string(wiretest.QRPNG(t)),
		"link":  "https://host/s3cr3t",
	} {
		for _, r := range append(renderings(secret), renderings([]byte(secret))...) {
			withoutContent := r.format == "%T" || r.format == "%p" || r.container == "pointer" // prints a type or an address
			if strings.HasPrefix(r.format, "%") && !withoutContent || r.format == "slog text" && r.container == "none" {
				assert.NotEmpty(t, findNeedle(r.text, needles), "%s in %s, %s: %s", name, r.container, r.format, r.text)
			}
		}
		for offset := range 3 {
			text := strings.Repeat("x", offset) + secret
			assert.NotEmpty(t, findNeedle(base64.StdEncoding.EncodeToString([]byte(text)), needles), name)
			assert.NotEmpty(t, findNeedle(base64.RawURLEncoding.EncodeToString([]byte(text)), needles), name)
		}
		assert.NotEmpty(t, findNeedle(url.QueryEscape(secret), needles), name)
		assert.NotEmpty(t, findNeedle(hex.EncodeToString([]byte(secret)), needles), name)
	}
	assert.Empty(t, findNeedle("This line contains no secret: 115 51 0x73 [redacted]", needles))
}
