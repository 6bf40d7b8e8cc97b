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
			r.NoteLastType()
		case "part":
			visit(r)
		default:
			r.SkipUnknown()
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
			read, err := wire.Read("", []byte(body), true, visit)
			require.NoError(t, err)
			streamed, err := wire.Stream(iotest.OneByteReader(strings.NewReader(body)), true, visit)
			require.NoError(t, err)
			assert.Equal(t, read.Notes, streamed.Notes)
			lines := make([]string, 0, len(read.Notes))
			for _, note := range read.Notes {
				lines = append(lines, strings.TrimPrefix(note.Path, "$.data")+[...]string{
					wire.UnknownField: " unknown field", wire.UnknownValue: " unknown value", wire.WrongType: " type",
				}[note.Kind])
			}
			assert.Equal(t, append([]string{}, want...), lines)
		})
	}
}

func TestNotes_envelope(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]wire.Note{
		`{"status":"200","code":200.0,"message":7,"error":false,"success":true,"data":[]}`: {
			{"$.status", wire.WrongType},
			{"$.code", wire.WrongType},
			{"$.message", wire.WrongType},
			{"$.error", wire.WrongType},
			{"$.success", wire.UnknownField},
			{"$.data", wire.WrongType},
		},
		`{"status":true,"id":7,"meta":{"x":1},"data":{}}`: {
			{"$.status", wire.WrongType}, {"$.id", wire.UnknownField}, {"$.meta", wire.UnknownField},
		},
		`{"x":1,"id":7}`: {{"$", wire.WrongType}, {"$.x", wire.UnknownField}},
		`[{"x":1}]`:      {{"$", wire.WrongType}},
	} {
		envelope, err := wire.Read("", []byte(body), true, visit)
		require.NoError(t, err)
		assert.Equal(t, want, envelope.Notes, body)
	}
	envelope, err := wire.Read("image/png", []byte("x"), true, (*wire.Reader).Skip)
	require.NoError(t, err)
	assert.Equal(t, []wire.Note{{"$", wire.WrongType}}, envelope.Notes)
}

func TestNotes_limitsCount(t *testing.T) {
	t.Parallel()
	var members strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&members, `"n%d":1,`, i)
	}
	envelope, err := wire.Read("", []byte(`{"data":{`+members.String()+`"id":1}}`), true, visit)
	require.NoError(t, err)
	assert.Len(t, envelope.Notes, 1000)
}
