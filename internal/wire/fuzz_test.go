package wire_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// seed adds all documented bodies, and the kinds that nobody documents.
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
	} {
		add([]byte(body))
	}
}

func FuzzOpen(f *testing.F) {
	seed(f, func(body []byte) { f.Add("application/json", body) })
	f.Add("image/png", []byte("x"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		before := bytes.Clone(body)
		envelope, err := wire.Open(contentType, body)
		assert.Equal(t, before, body, "it only reads")
		if err != nil {
			require.ErrorIs(t, err, wire.ErrNotEnvelope)
			assert.Zero(t, envelope)
			return
		}
		assert.True(t, envelope.Data == nil || json.Valid(envelope.Data), "%q", envelope.Data)
		assert.NotEqual(t, "null", string(envelope.Data))
		assert.True(t, envelope.Code >= 0 && envelope.Code <= 999)
		assert.True(t, envelope.Failed || envelope.Code < 400)
	})
}

// FuzzStream compares the list that is read piece by piece with the one that is read whole.
func FuzzStream(f *testing.F) {
	seed(f, func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		elements, around, err := gather(bytes.NewReader(body))
		assert.Nil(t, around.Data)
		for _, element := range elements {
			require.True(t, json.Valid([]byte(element)))
			require.NotEqual(t, "null", element)
		}
		pieces, inPieces, piecesErr := gather(iotest.OneByteReader(bytes.NewReader(body)))
		assert.Equal(t, elements, pieces)
		assert.Equal(t, around, inPieces)
		assert.Equal(t, err, piecesErr)
		whole, openErr := wire.Open("", body)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrNotEnvelope)
		}
		if openErr != nil || wire.IsPNG(body) {
			return
		}
		var want []*json.RawMessage
		if whole.Data == nil || json.Unmarshal(whole.Data, &want) != nil {
			return
		}
		require.NoError(t, err)
		whole.Data, whole.Contradictory = nil, around.Contradictory // a stream does not look into its elements again
		assert.Equal(t, whole, around)
		place := 0
		for _, element := range want {
			if element != nil {
				assert.Equal(t, compact(t, *element), compact(t, []byte(elements[place])))
				place++
			}
		}
		assert.Len(t, elements, place)
	})
}

// compact is JSON without white space, of which a stream keeps less.
func compact(t *testing.T, value []byte) string {
	t.Helper()
	var short bytes.Buffer
	require.NoError(t, json.Compact(&short, value))
	return short.String()
}

// FuzzFields compares our walk with that of encoding/json.
func FuzzFields(f *testing.F) {
	seed(f, func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		var keys, values []string
		for key, value := range wire.Fields(body) {
			keys, values = append(keys, key), append(values, string(value))
			_ = wire.Text(value) + wire.Timestamp(value).String()
		}
		if !json.Valid(body) || bytes.TrimSpace(body)[0] != '{' {
			return // it only has to come to an end
		}
		var wantKeys, wantValues []string
		theirs := json.NewDecoder(bytes.NewReader(body))
		_, err := theirs.Token()
		require.NoError(t, err)
		for theirs.More() {
			key, err := theirs.Token()
			require.NoError(t, err)
			name, isName := key.(string)
			require.True(t, isName)
			var value json.RawMessage
			require.NoError(t, theirs.Decode(&value))
			wantKeys, wantValues = append(wantKeys, strings.ToLower(name)), append(wantValues, string(value))
			var text string
			if value[0] == '"' && json.Unmarshal(value, &text) == nil {
				assert.Equal(t, text, wire.Text(value))
			}
		}
		assert.Equal(t, wantKeys, keys)
		assert.Equal(t, wantValues, values)
	})
}

func FuzzElements(f *testing.F) {
	seed(f, func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		elements := []string{}
		for element := range wire.Elements(body) {
			elements = append(elements, string(element))
		}
		var wanted []json.RawMessage
		if json.Unmarshal(body, &wanted) != nil {
			return // it only has to come to an end
		}
		theirs := make([]string, len(wanted))
		for i, element := range wanted {
			theirs[i] = string(element)
		}
		assert.Equal(t, theirs, elements)
	})
}
