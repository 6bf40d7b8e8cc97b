package secrets_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// verbs are all of fmt's, and the flags that change what they show.
var verbs = strings.Fields("%v %+v %#v %s %q %+q %#q %d %x %X %#x %t %T %p %e %f %g %o %b %c %U %z")

// needles are the ways in which the middle of a secret could show.
func needles(middle string) []string {
	raw := []byte(middle)
	found := []string{
		middle,
		strings.Trim(strconv.QuoteToASCII(middle), `"`),
		strings.ReplaceAll(middle, "<", `\u003c`),
		url.QueryEscape(middle),
		url.PathEscape(middle),
		html.EscapeString(middle),
		hex.EncodeToString(raw),
		strings.ToUpper(hex.EncodeToString(raw)),
		strings.Trim(strings.ReplaceAll(fmt.Sprintf("%d", raw), " ", ","), "[]"), // bytes as an array of numbers
	}
	for _, verb := range verbs {
		if verb != "%T" && verb != "%p" {
			found = append(found, strings.Trim(strings.TrimPrefix(fmt.Sprintf(verb, raw), "[]byte"), "[]{}\"`"))
		}
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for before := range 3 { // offset of the secret within base64's groups of three
			text := encoding.EncodeToString(append(make([]byte, before), raw...))
			found = append(found, text[(before*8+5)/6:(before+len(raw))*8/6])
		}
	}
	return found
}

// secretNeedles look for the token, for a link that is a code, and for the code's picture.
func secretNeedles(tb testing.TB) []string {
	tb.Helper()
	all := everyNeedle()
	for _, needle := range all {
		require.GreaterOrEqual(tb, len(needle), 5, "%q would be found anywhere", needle)
	}
	return all
}

// everyNeedle is computed once because it is used often.
var everyNeedle = sync.OnceValue(func() []string {
	code, err := qr.Encode(wiretest.QRPayload, qr.L)
	if err != nil {
		return []string{""}
	}
	picture := code.PNG()
	found := append(needles("s3cr3t"), needles(`/"T0ken"+<`)...)
	found = append(found, needles(string(picture[len(picture)/2:len(picture)/2+12]))...)
	text := base64.StdEncoding.EncodeToString(picture) // as in a response, which may be encoded again
	found = append(found, needles(text[len(text)/2:len(text)/2+12])...)
	found = append(found, "T0ken", "iVBORw0KGgo", "PNG\r\n", wiretest.QRPayload)
	slices.Sort(found)
	return slices.Compact(found)
})

// way is one way of showing a value.
type way struct{ within, how, text string }

// printed returns a value in every form in which programs print, log and encode it.
func printed(value any) []way {
	ways := make([]way, 0, 200)
	for within, value := range containers(value) {
		for _, verb := range verbs {
			ways = append(ways, way{within, verb, fmt.Sprintf(verb, value)})
		}
		ways = append(ways, logged(within, value)...)
		ways = append(ways, encoded(within, value)...)
	}
	return ways
}

// containers are common structures around a printed value.
func containers(value any) map[string]any {
	pointer := reflect.New(reflect.TypeOf(value))
	pointer.Elem().Set(reflect.ValueOf(value))
	found := map[string]any{
		"alone":               value,
		"a pointer":           pointer.Interface(),
		"an exported field":   struct{ Exported any }{value},
		"an unexported field": struct{ unexported any }{value},
		"a slice":             []any{value},
		"a map":               map[string]any{"key": value},
	}
	if err, isError := value.(error); isError {
		found["an error"] = fmt.Errorf("wrapped: %w", err)
		found["joined errors"] = errors.Join(err, err)
	}
	return found
}

func logged(within string, value any) []way {
	var text, asJSON bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&asJSON, nil)} {
		log := slog.New(handler)
		log.Info("as a value", "value", value)
		log.Info("in a group", slog.Group("group", "value", value))
		log.With("value", value).WithGroup("group").Info("with", "error", value)
	}
	return []way{{within, "slog text", text.String()}, {within, "slog JSON", asJSON.String()}}
}

// encoded omits encoders that do not support a type; their errors must not contain it either.
func encoded(within string, value any) []way {
	asJSON, jsonErr := json.Marshal(value)
	asXML, xmlErr := xml.Marshal(value)
	var asGob bytes.Buffer
	gobErr := errors.New("gob panics at a nil pointer")
	if v := reflect.ValueOf(value); v.Kind() != reflect.Pointer || !v.IsNil() {
		gobErr = gob.NewEncoder(&asGob).Encode(value)
	}
	return []way{
		{within, "json", fmt.Sprintf("%s %v", asJSON, jsonErr)},
		{within, "xml", fmt.Sprintf("%s %v", asXML, xmlErr)},
		{within, "gob", fmt.Sprintf("%s %v", asGob.Bytes(), gobErr)},
	}
}

// shown returns the first needle in a text; empty if there is none.
func shown(text string, needles []string) string {
	for _, needle := range needles {
		if strings.Contains(text, needle) {
			return needle
		}
	}
	return ""
}

// assertNoSecret looks for the token and for the QR code of these tests.
func assertNoSecret(t *testing.T, text string) {
	t.Helper()
	if needle := shown(text, secretNeedles(t)); needle != "" {
		assert.NotContains(t, text, needle)
	}
}

// Verifies that the search finds unprotected secrets.
func TestNeedlesAreFound(t *testing.T) {
	t.Parallel()
	needles := secretNeedles(t)
	for name, secret := range map[string]string{"token": wiretest.Token, "picture": string(wiretest.QRPNG(t)), "link": "https://host/s3cr3t"} {
		for _, way := range append(printed(secret), printed([]byte(secret))...) {
			blind := way.how == "%T" || way.how == "%p" || way.within == "a pointer" // prints only an address or a type
			if strings.HasPrefix(way.how, "%") && !blind || way.how == "slog text" && way.within == "alone" {
				assert.NotEmpty(t, shown(way.text, needles), "%s in %s, %s: %s", name, way.within, way.how, way.text)
			}
		}
		for before := range 3 {
			text := strings.Repeat("x", before) + secret
			assert.NotEmpty(t, shown(base64.StdEncoding.EncodeToString([]byte(text)), needles), name)
			assert.NotEmpty(t, shown(base64.RawURLEncoding.EncodeToString([]byte(text)), needles), name)
		}
		assert.NotEmpty(t, shown(url.QueryEscape(secret), needles), name)
		assert.NotEmpty(t, shown(hex.EncodeToString([]byte(secret)), needles), name)
	}
	assert.Empty(t, shown("Nothing of that is in this line: 115 51 0x73 [redacted]", needles))
}
