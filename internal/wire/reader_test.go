package wire_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// The depth limit is that of encoding/json.
func TestReader_limitsDepth(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{9_999, 10_000, 10_001, 1_000_000} {
		for _, brackets := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
			value := strings.Repeat(brackets[0], depth) + "1" + strings.Repeat(brackets[1], depth)
			skipped := wire.NewReader([]byte(value))
			skipped.Skip()
			assert.Equal(t, json.Valid([]byte(value)), skipped.End() == nil, "%d of %s", depth, brackets[0])
		}
	}
}

func TestReader_stopsWhenLoopIsLeft(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`{"a":[1,2,3],"b":2}`, `[[1,2,3],2]`} {
		r := wire.NewReader([]byte(value))
		assert.Equal(t, len(value), r.Left())
		for range r.Members() {
			break
		}
		for range r.Elements() {
			break
		}
		require.ErrorIs(t, r.Err(), wire.ErrNotEnvelope)
		require.ErrorIs(t, r.End(), wire.ErrNotEnvelope)
		assert.Zero(t, r.Kind())
		assert.Zero(t, r.Left())
	}
}

func TestReader_keepsFirstError(t *testing.T) {
	t.Parallel()
	r := wire.NewReader([]byte(`[1`))
	r.Fail(io.ErrClosedPipe)
	r.Skip()
	assert.ErrorIs(t, r.End(), io.ErrClosedPipe)
}

func TestEnum_sharesMemoryOfKnownValues(t *testing.T) {
	t.Parallel()
	known := "ACTIVE"
	got := wire.NewReader([]byte(`"ACTIVE"`)).Enum("PAIRED", known)
	assert.Equal(t, known, got)
	assert.Same(t, unsafe.StringData(known), unsafe.StringData(got)) //nolint:gosec // nothing else shows whether two strings share memory
	assert.Equal(t, "OTHER", wire.NewReader([]byte(`"OTHER"`)).Enum(known))
}

func TestElements_shareMemoryOfEqualStrings(t *testing.T) {
	t.Parallel()
	var texts []string
	r := wire.NewReader([]byte(`[{"a":"same","b":"1"},{"a":"same","b":"2"},{"a":"other"}]`))
	for range r.Elements() {
		for range r.Members() {
			texts = append(texts, r.Text())
		}
	}
	require.NoError(t, r.End())
	assert.Equal(t, []string{"same", "1", "same", "2", "other"}, texts)
	assert.Same(t, unsafe.StringData(texts[0]), unsafe.StringData(texts[2])) //nolint:gosec // nothing else shows whether two strings share memory
}

func TestStream_failingReader(t *testing.T) {
	t.Parallel()
	neverReads := readerFunc(func([]byte) (int, error) { return 0, nil })
	for _, body := range []io.Reader{
		neverReads,
		io.MultiReader(strings.NewReader(`[1]`), iotest.ErrReader(io.ErrUnexpectedEOF)),
		iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(`[1]`))),
	} {
		_, _, err := streamList(body)
		require.ErrorIs(t, err, wire.ErrNotEnvelope)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]wire.Paging{
		`"links":{"next":null,"prev":"x"},"meta":{"x":1}`:                            {},
		`"links":[{"next":"x"}],"meta":7`:                                            {},
		`"links":{"next":false},"next_page_url":""`:                                  {},
		`"links":{"first":"a","next":"b"}`:                                           {Next: "b"},
		`"next_page_url":"b","current_page":2,"last_page":"4"`:                       {Next: "b", Current: 2, Last: 4},
		`"meta":{"current_page":1,"last_page":2,"links":[{}]}`:                       {Current: 1, Last: 2},
		`"links":{"next":{"href":"b"}}`:                                              {Unreadable: true},
		`"links":{"next":7}`:                                                         {Unreadable: true},
		`"links":{"next":" "}`:                                                       {Unreadable: true},
		`"links":{"next":true},"meta":{"next_page_url":"b"}`:                         {Next: "b", Unreadable: true},
		`"next_page_url":"b","links":{"next":true}`:                                  {Next: "b", Unreadable: true},
		`"next_page_url":"b","links":{"next":null}`:                                  {Next: "b"},
		`"links":{"next":"b"},"next_page_url":""`:                                    {Next: "b"},
		`"links":{"next":7},"next_page_url":null`:                                    {Unreadable: true},
		`"meta":{"current_page":1,"last_page":2},"current_page":null,"last_page":""`: {Current: 1, Last: 2},
	} {
		envelope, _, err := read("", `{"data":[1],`+members+`}`)
		require.NoError(t, err)
		assert.Equal(t, want, envelope.Paging, members)
	}
}
