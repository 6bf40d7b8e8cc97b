package wire_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// visit reads an object with all documented kinds of fields.
func visit(r *wire.Reader) {
	for key := range r.Members() {
		switch string(key) {
		case "id":
			r.ID()
		case "kind":
			r.Enum("A", "B")
		case "quota":
			r.Quota()
		case "at":
			r.Time()
		case "name":
			r.Text()
		case "parts":
			for range r.Elements() {
				visit(r)
			}
			r.NoteWrongType()
		case "part":
			visit(r)
		default:
			r.Unknown()
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	for data, want := range map[string][]string{
		`{"id":1,"kind":"A","quota":"-1","at":"2026-01-02T03:04:05.6Z","name":"x","part":{"id":2}}`: nil,
		`{"id":null,"kind":null,"quota":null,"at":null,"name":null,"part":null}`:                    nil,
		`{"id":"","kind":"","quota":"","at":"","name":"","part":""}`:                                nil,
		`{"id":"1","kind":1,"quota":1,"at":1,"name":1,"part":1}`:                                    {".id type", ".kind type", ".quota type", ".at type", ".name type", ".part type"},
		`{"id":1.0,"kind":"C","quota":"x","at":"soon"}`:                                             {".id type", ".kind unknown value", ".quota type", ".at type"},
		`{"id":true,"kind":[],"quota":{},"at":false,"name":{}}`:                                     {".id type", ".kind type", ".quota type", ".at type", ".name type"},
		`{"x":{"y":1},"part":{"x":1,"part":{"x":1}},"X":2,"\u0078":3}`:                              {".x unknown field", ".part.x unknown field", ".part.part.x unknown field"},
		`{"parts":[{"x":1},{"y":1,"x":2}],"z":1}`:                                                   {".parts[*].x unknown field", ".parts[*].y unknown field", ".parts type", ".z unknown field"},
		`{"a b":1,"":2,"1a":3,"é":4}`:                                                               {".* unknown field"},
		`{"part":{"a b":{},"K":1},"` + strings.Repeat("n", 65) + `":1}`:                             {".part.* unknown field", ".part.k unknown field", ".* unknown field"},
	} {
		t.Run(data, func(t *testing.T) {
			t.Parallel()
			body := `{"status":200,"message":"OK","data":` + data + `}`
			var read, streamed wire.Notes
			_, err := wire.Read("", []byte(body), &read, visit)
			require.NoError(t, err)
			_, err = wire.Stream(iotest.OneByteReader(strings.NewReader(body)), &streamed, visit)
			require.NoError(t, err)
			assert.Equal(t, read.Found, streamed.Found)
			lines := make([]string, 0, len(read.Found))
			for _, note := range read.Found {
				lines = append(lines, strings.TrimPrefix(note.Path, "$.data")+" "+note.Kind)
			}
			assert.Equal(t, append([]string{}, want...), lines)
		})
	}
}

func TestNotes_envelope(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]wire.Note{
		`{"status":"200","code":200.0,"message":7,"error":false,"success":true,"data":[]}`: {
			{"$.status", "type"}, {"$.code", "type"}, {"$.message", "type"}, {"$.error", "type"}, {"$.success", "unknown field"}, {"$.data", "type"},
		},
		`{"status":true,"id":7,"meta":{"x":1},"data":{}}`: {{"$.status", "type"}, {"$.id", "unknown field"}, {"$.meta", "unknown field"}},
		`{"x":1,"id":7}`: {{"$", "type"}, {"$.x", "unknown field"}},
		`[{"x":1}]`:      {{"$", "type"}},
	} {
		notes := wire.Notes{Found: []wire.Note{{"$", "of an earlier attempt"}}}
		_, err := wire.Read("", []byte(body), &notes, visit)
		require.NoError(t, err)
		assert.Equal(t, want, notes.Found, body)
	}
	var notes wire.Notes
	_, err := wire.Read("image/png", []byte("x"), &notes, (*wire.Reader).Skip)
	require.NoError(t, err)
	assert.Equal(t, []wire.Note{{"$", "type"}}, notes.Found)
}

func TestNotes_limitsCount(t *testing.T) {
	t.Parallel()
	var members strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&members, `"n%d":1,`, i)
	}
	var notes wire.Notes
	_, err := wire.Read("", []byte(`{"data":{`+members.String()+`"id":1}}`), &notes, visit)
	require.NoError(t, err)
	assert.Len(t, notes.Found, 1000)
}
