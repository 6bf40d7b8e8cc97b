package secrets_test

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// exception returns why a type may show a secret in this rendering, or "" if it must not.
func exception(typ string, r rendering) string {
	byFmt := strings.HasPrefix(r.format, "%") || r.format == "slog text"
	switch {
	case typ == "whatspie.Response" && (r.format == "%p" || r.container == "unexported field" && byFmt):
		return "fmt does not call the methods of the value"
	case typ == "whatspie.Response" && r.format == "gob":
		return "gob stores a value, and does not print it"
	case typ == "whatspietest.Server":
		return "the token of the fake is no secret"
	default:
		return ""
	}
}

// See the comment of the package.
func TestValues_printNoSecret(t *testing.T) {
	t.Parallel()
	needles, used := secretNeedles(t), map[string]bool{}
	for _, s := range secretSamples(t) {
		for _, value := range s.values {
			for _, r := range renderings(value) {
				needle := findNeedle(r.text, needles)
				if needle == "" {
					continue
				}
				reason := exception(s.typ.String(), r)
				used[s.typ.String()+": "+reason] = true
				assert.NotEmpty(t, reason, "%v shows %q in %s, %s: %s", s.typ, needle, r.container, r.format, r.text)
			}
		}
	}
	assert.ElementsMatch(t, []string{
		"whatspie.Response: fmt does not call the methods of the value",
		"whatspie.Response: gob stores a value, and does not print it",
		"whatspietest.Server: the token of the fake is no secret",
	}, slices.Collect(maps.Keys(used)), "each exception is still needed")
}

// The list of methods and fields that return a secret is complete.
func TestValues_returnSecretsOnlyByName(t *testing.T) {
	t.Parallel()
	needles, found := secretNeedles(t), map[string]bool{}
	for _, s := range secretSamples(t) {
		for _, value := range s.values {
			for name, member := range members(reflect.ValueOf(value)) {
				if raw, isBytes := member.([]byte); isBytes {
					member = string(raw)
				}
				if findNeedle(fmt.Sprint(member), needles) != "" {
					found[s.typ.String()+"."+name] = true
				}
			}
		}
	}
	assert.ElementsMatch(t, []string{
		"whatspie.QRCode.DataURI", "whatspie.QRCode.PNG", "whatspie.QRCode.URL",
		"whatspie.Response.Body", "whatspie.Response.Header",
		"whatspietest.Server.Token",
	}, slices.Collect(maps.Keys(found)))
}

// members returns the exported fields, and the results of the exported methods without parameters.
func members(value reflect.Value) map[string]any {
	all := map[string]any{}
	if value.Kind() == reflect.Pointer && value.IsNil() {
		return all
	}
	for i := range value.NumMethod() {
		if method := value.Method(i); method.Type().NumIn() == 0 && method.Type().NumOut() > 0 {
			all[value.Type().Method(i).Name] = method.Call(nil)[0].Interface()
		}
	}
	inner := reflect.Indirect(value)
	if inner.Kind() != reflect.Struct {
		return all
	}
	for i := range inner.NumField() {
		if field := inner.Type().Field(i); field.IsExported() {
			all[field.Name] = inner.Field(i).Interface()
		}
	}
	return all
}

// errors.As still finds the original cause. No error before it in the chain prints a secret.
func TestErrors_hideSecretsAlongTheChain(t *testing.T) {
	t.Parallel()
	var check func(err error)
	check = func(err error) {
		assertNoSecret(t, fmt.Sprintf("%v %+v %#v %s %q %d %x", err, err, err, err, err, err, err))
		if joined, isJoined := err.(interface{ Unwrap() []error }); isJoined {
			for _, inner := range joined.Unwrap() {
				check(inner)
			}
		}
	}
	for _, err := range qrFailures(t) {
		check(err)
	}
	for _, err := range wiretest.Sentinels() {
		check(err)
	}
}

// Encoders that do not use the methods of Response use its tags.
func TestResponse_hidesFieldsFromEncoders(t *testing.T) {
	t.Parallel()
	response := reflect.TypeFor[whatspie.Response]()
	for _, name := range []string{"Header", "Body"} {
		field, found := response.FieldByName(name)
		require.True(t, found)
		for _, encoder := range []string{"json", "xml", "yaml", "toml"} {
			assert.Equal(t, "-", field.Tag.Get(encoder), "%s of %s", encoder, name)
		}
	}
}

func TestResponse_printsSummary(t *testing.T) {
	t.Parallel()
	reply := qrReply(t)
	reply.Header = http.Header{"X-Request-Id": {wiretest.Token}}
	var response whatspie.Response
	_, err := wiretest.NewScript(reply).Client(t).Devices.QR(t.Context(), 7, whatspie.WithResponse(&response))
	require.NoError(t, err)
	assert.Equal(t, reply.Body, string(response.Body))
	want := fmt.Sprintf("whatspie.Response{status 200, attempts 1, %d bytes, request \"[redacted]\"}", len(reply.Body))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		assert.Equal(t, want, fmt.Sprintf(verb, response), verb)
	}
}

func TestClient_printsBaseURL(t *testing.T) {
	t.Parallel()
	client := wiretest.NewClient(t, whatspie.WithBaseURL("https://proxy/v1"))
	for _, verb := range []string{"%v", "%+v", "%s"} {
		assert.Equal(t, "whatspie.Client{https://proxy/v1}", fmt.Sprintf(verb, client), verb)
	}
	assert.Equal(t, "whatspie.Client{}", new(whatspie.Client).String())
	assert.Equal(t, "whatspie.Client{}", (*whatspie.Client)(nil).String())
}

func TestQRCode_printsKind(t *testing.T) {
	t.Parallel()
	code, err := whatspie.ParseQRCode(wiretest.QRDataURI(t))
	require.NoError(t, err)
	link, err := whatspie.ParseQRCode(qrLink)
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("whatspie.QRCode{image, %d bytes}", len(code.PNG())), fmt.Sprintf("%+v", code))
	assert.Equal(t, "whatspie.QRCode{link}", fmt.Sprint(link))
	assert.Equal(t, "whatspie.QRCode{}", new(whatspie.QRCode).String())
	assert.Equal(t, "<nil>", (*whatspie.QRCode)(nil).String())
}
