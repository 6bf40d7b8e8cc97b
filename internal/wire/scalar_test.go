package wire_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// readValue reads a value with a method of the Reader, and checks that nothing follows.
func readValue[T any](t *testing.T, value string, method func(*wire.Reader) T) T {
	t.Helper()
	r := wire.NewReader([]byte(value))
	got := method(r)
	require.NoError(t, r.End(), value)
	return got
}

func TestText(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`null`: "", `{}`: "", `{"a":"b"}`: "", `["x"]`: "",
		`""`: "", `"x"`: "x", `"a b"`: "a b", `"\""`: `"`, `"\\"`: `\`, `"\/"`: "/", `"\u00fc"`: "ü", `"ü"`: "ü", `"\n"`: "\n",
		"\"\xff\"": "\ufffd", "\"\x80\"": "\ufffd",
		`0`: "0", `-1`: "-1", `1.50`: "1.50", `1e3`: "1e3", `62895383079050000000000`: "62895383079050000000000",
		`true`: "", `false`: "",
	} {
		assert.Equal(t, want, readValue(t, value, (*wire.Reader).Text), value)
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int64{
		`7`: 7, `-1`: -1, `"7"`: 7, `" -1\n"`: -1, `"+7"`: 7, `"007"`: 7, `0`: 0, `-0`: 0,
		`7.9`: 7, `-7.9`: -7, `"7.00"`: 7, `1e3`: 1000, `"1E3"`: 1000, `1e-3`: 0, `".5"`: 0,
		`9223372036854775807`: math.MaxInt64, `9223372036854775808`: math.MaxInt64, `1e400`: math.MaxInt64,
		`-9223372036854775808`: math.MinInt64, `-9223372036854775809`: math.MinInt64, `-1e400`: math.MinInt64, `1e-400`: 0,
		`9007199254740993`: 9007199254740993,
		`null`:             0, `""`: 0, `" "`: 0, `"abc"`: 0, `"7 devices"`: 0, `true`: 0, `{}`: 0, `[7]`: 0,
		`"0x10"`: 0, `"0x1p4"`: 0, `"Inf"`: 0, `"-Infinity"`: 0, `"NaN"`: 0, `"1_000"`: 0, `"1,000"`: 0, `"e"`: 0, `"--1"`: 0, `"."`: 0,
	} {
		assert.Equal(t, want, readValue(t, value, (*wire.Reader).Integer), value)
		assert.Equal(t, want, readValue(t, value, (*wire.Reader).Quota), value)
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int64{
		`7`: 7, `-1`: 0, `"-1"`: 0, `-1.0`: 0, `"7"`: 7, `" 7\n"`: 7, `"007"`: 7, `0`: 0, `7.0`: 7, `"7.00"`: 7, `0.7e1`: 7, `1E3`: 1000,
		`62895383079050`: 62895383079050, `9223372036854775807`: math.MaxInt64, `9007199254740992.0`: 1 << 53,
		`9223372036854775808`: 0, `1e19`: 0, `1e400`: 0, `-1e400`: 0, `9007199254740993.0`: 1 << 53, `9007199254740994.0`: 0,
		`7.9`: 0, `1e-3`: 0, `null`: 0, `""`: 0, `"abc"`: 0, `"7 devices"`: 0, `true`: 0, `{}`: 0, `[7]`: 0,
		`"0x10"`: 0, `"0X1p4"`: 0, `"Inf"`: 0, `"NaN"`: 0, `"1_000"`: 0, `"1,000"`: 0,
	} {
		assert.Equal(t, want, readValue(t, value, (*wire.Reader).ID), value)
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	want := time.Date(2020, 2, 26, 7, 6, 47, 0, time.UTC)
	for _, value := range []string{
		`"2020-02-26T07:06:47Z"`, `"2020-02-26T14:06:47+07:00"`, `"2020-02-26T07:06:47.000000000Z"`, `" 2020-02-26T07:06:47Z "`,
		`"2020-02-26T07:06:47"`, `"2020-02-26 07:06:47"`, `"2020-02-26 07:06:47Z"`, `"2020-02-26 14:06:47+07:00"`, `"2020-02-26 07:06:47.000"`,
	} {
		got := readValue(t, value, (*wire.Reader).Time)
		assert.Equal(t, want, got, value)
		assert.Equal(t, time.UTC, got.Location())
	}
	for _, value := range []string{
		`null`, `""`, `" "`, `0`, `1582700807`, `true`, `{}`, `"now"`, `"2020-13-01"`, `"0000-00-00 00:00:00"`, `"26.02.2020"`,
		`"9999-12-31T23:59:59-07:00"`, `"0000-01-01T00:00:00+07:00"`, // cannot be encoded in UTC
	} {
		assert.True(t, readValue(t, value, (*wire.Reader).Time).IsZero(), value)
	}
	assert.Equal(t, time.Date(0, 1, 2, 0, 0, 0, 0, time.UTC), readValue(t, `"0000-01-02"`, (*wire.Reader).Time))
	assert.Equal(t, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), readValue(t, `"9999-12-31"`, (*wire.Reader).Time))
}
