package wire_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// seed adds the documented bodies, the drift corpus, and malformed bodies.
func seed(f *testing.F, add func(body []byte)) {
	f.Helper()
	fixtures := os.DirFS("../../testdata")
	documented, err := fs.Glob(fixtures, "*.json")
	require.NoError(f, err)
	require.NotEmpty(f, documented)
	drifted, err := fs.Glob(fixtures, "drift/*/*.json")
	require.NoError(f, err)
	require.NotEmpty(f, drifted)
	for _, name := range slices.Concat(documented, drifted) {
		body, err := fs.ReadFile(fixtures, name)
		require.NoError(f, err)
		if len(body) < 2<<10 && !strings.HasSuffix(name, ".want.json") {
			add(body)
			add(body[:len(body)/2])
		}
	}
	for _, body := range []string{
		"", "null", "[]", "{}", "[1,[2],null,{}]", "<html>", `{"status":false}`, `{"error":{"message":"x"}}`, `{"a\"\\":"\u0041}","B":[{"]":1}]}`,
		`{"data":[1],"data":[2]}`, `{"data":{},"DATA":[3]}`, " {\n\"data\" : [ 1 , 2 ] } ", "[7]\f", "\x89PNG\r\n\x1a\n", `{"code":"4e2","status":1e400}`,
		`-0.5E+10`, `01`, `1.`, `-`, `1e`, `"\ud800\udc00\ud800x\u12g4"`, `"\/\b\f\n\r\t"`, "\"\x00\"", "\"\xff\xc3\"", `tru`, `nulll`, `[1,]`, `{"a":1,}`, `{,}`, `[,]`,
		`{"a" 1}`, `{"a":}`, `"a`, `"\`, `"\u00`, "\ufeff[1]",
	} {
		add([]byte(body))
	}
}

// FuzzReader checks that the Reader accepts and decodes the same values as encoding/json, at once and byte by byte.
func FuzzReader(f *testing.F) {
	seed(f, func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		skipped := wire.NewReader(body)
		skipped.Skip()
		require.Equal(t, json.Valid(body), skipped.End() == nil, "%q", body)
		r := wire.NewReader(body)
		encoded := reencode(r)
		require.Equal(t, json.Valid(body), r.End() == nil, "%q", body)
		assert.Equal(t, before, body, "the body was changed")
		if !json.Valid(body) {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		assert.Equal(t, reencodeJSON(t, decoder), encoded)
	})
}

// reencodeJSON is reencode with encoding/json.
func reencodeJSON(t *testing.T, decoder *json.Decoder) string {
	t.Helper()
	token, err := decoder.Token()
	require.NoError(t, err)
	opening, isBracket := token.(json.Delim)
	if !isBracket {
		return literal(token)
	}
	var b strings.Builder
	b.WriteString(opening.String())
	for separator := ""; decoder.More(); separator = "," {
		b.WriteString(separator)
		if opening == '{' {
			key, err := decoder.Token()
			require.NoError(t, err)
			name, isName := key.(string)
			require.True(t, isName)
			b.WriteString(literal(strings.ToLower(name)) + ":")
		}
		b.WriteString(reencodeJSON(t, decoder))
	}
	closing, err := decoder.Token()
	require.NoError(t, err)
	delim, isDelim := closing.(json.Delim)
	require.True(t, isDelim)
	return b.String() + delim.String()
}

func literal(token json.Token) string {
	switch value := token.(type) {
	case string:
		return strconv.Quote(value)
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	default:
		return "null"
	}
}

func FuzzRead(f *testing.F) {
	seed(f, func(body []byte) { f.Add("application/json", body) })
	f.Add("image/png", []byte("x"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		envelope, data, err := read(contentType, string(body))
		if err != nil {
			require.ErrorIs(t, err, wire.ErrNotEnvelope)
			assert.Zero(t, envelope)
			return
		}
		assert.True(t, data == "" || json.Valid([]byte(data)), "%q", data)
		assert.True(t, envelope.Code >= 0 && envelope.Code <= 999)
		assert.True(t, envelope.Failed || envelope.Code < 400)
	})
}

// FuzzStream compares a streamed list with the same list read at once.
func FuzzStream(f *testing.F) {
	seed(f, func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		elements, envelope, err := streamList(bytes.NewReader(body))
		assert.NotContains(t, elements, "null")
		slowElements, slowEnvelope, slowErr := streamList(iotest.OneByteReader(bytes.NewReader(body)))
		assert.Equal(t, elements, slowElements)
		assert.Equal(t, envelope, slowEnvelope)
		assert.Equal(t, err, slowErr)
		complete, data, readErr := read("", string(body))
		if err != nil {
			require.ErrorIs(t, err, wire.ErrNotEnvelope)
		}
		if readErr != nil || wire.IsPNG(body) || !strings.HasPrefix(data, "[") {
			return
		}
		require.NoError(t, err)
		complete.Contradictory = envelope.Contradictory // a stream cannot search its elements for an ID
		assert.Equal(t, complete, envelope)
		want := []string{}
		r := wire.NewReader([]byte(data))
		for range r.Elements() {
			if element := reencode(r); element != "null" {
				want = append(want, element)
			}
		}
		assert.Equal(t, want, elements)
	})
}
