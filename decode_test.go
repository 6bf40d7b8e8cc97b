package whatspie_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestUnmarshal_rejectsNonObjects(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`7`, `"x"`, `[]`, `[{"id":7}]`, `true`, `{`, `{"id":}`, `{"id":7}x`, ``, ` `, `nul`, `nullx`, `null 1`,
	} {
		device := whatspie.Device{ID: 1}
		require.Error(t, device.UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Server).UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Package).UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Subscription).UnmarshalJSON([]byte(body)), body)
		assert.Equal(t, int64(1), device.ID, "an error leaves the value unchanged")
	}
}

func TestUnmarshal_nullChangesNothing(t *testing.T) {
	t.Parallel()
	device := wiretest.DocumentedDevice()
	require.NoError(t, device.UnmarshalJSON([]byte("null")))
	assert.Equal(t, wiretest.DocumentedDevice(), device)
}

func TestUnmarshal_replacesEarlierValue(t *testing.T) {
	t.Parallel()
	device := wiretest.DocumentedDevice()
	require.NoError(t, json.Unmarshal([]byte(`{"id":7}`), &device))
	assert.Equal(t, whatspie.Device{ID: 7}, device)
}

func TestUnmarshal_partsOfDevice(t *testing.T) {
	t.Parallel()
	type parts struct {
		Server       whatspie.Server       `json:"server"`
		Package      whatspie.Package      `json:"package"`
		Subscription whatspie.Subscription `json:"subscription"`
	}
	before := parts{whatspie.Server{Name: "EUR"}, whatspie.Package{ID: 1}, whatspie.Subscription{QuotaUsed: 1}}
	after := before
	require.NoError(t, json.Unmarshal([]byte(`{"server":null,"package":null,"subscription":null}`), &after))
	assert.Equal(t, before, after, "null changes nothing")
	var server whatspie.Server
	require.NoError(t, json.Unmarshal([]byte(`{"name":"EUR","status":1}`), &server))
	assert.Equal(t, whatspie.Server{Name: "EUR", Status: "1"}, server)
	var plan whatspie.Package
	require.NoError(t, json.Unmarshal([]byte(`{"code":"BETA","id":"1"}`), &plan))
	assert.Equal(t, whatspie.Package{ID: 1, Code: whatspie.PackageBeta}, plan)
	var quota whatspie.Subscription
	require.NoError(t, json.Unmarshal([]byte(`{"quote_available":"-1","quote_used":3}`), &quota))
	assert.Equal(t, whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 3}, quota)
}

// An invalid result argument must be detected before a device is bought.
func TestCall_rejectsNonPointerResult(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	for name, out := range map[string]any{"value": whatspie.Device{}, "nil pointer": (*whatspie.Device)(nil)} {
		err := srv.Client().Call(t.Context(), http.MethodPost, "/devices", wiretest.SalesDesk, out)
		require.ErrorIs(t, err, whatspie.ErrInvalidRequest, name)
		require.Empty(t, srv.Requests(), name)
	}
}

func TestCall_decodesData(t *testing.T) {
	t.Parallel()
	type object struct{ A int }
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, test := range map[string]struct {
		body      string
		out, want any
	}{
		"object": {`{"status":200,"message":"OK","data":{"a":1}}`, &object{}, &object{1}},
		"raw message": {
			`{"status":200,"data": {"a" : 1e0} }`, new(json.RawMessage), ptr(json.RawMessage(`{"a" : 1e0}`)),
		},
		"map":                      {`{"data":{"a":1}}`, &map[string]int{}, &map[string]int{"a": 1}},
		"array":                    {`{"data":[1,2]}`, &[]int{}, &[]int{1, 2}},
		"string":                   {`{"data":"x"}`, new(string), ptr("x")},
		"no envelope":              {`{"a":1}`, &object{}, &object{1}},
		"no envelope, array":       {` [1,2] `, &[]int{}, &[]int{1, 2}},
		"no envelope, raw message": {` {"a":1} `, new(json.RawMessage), ptr(json.RawMessage(`{"a":1}`))},
		"null data":                {`{"status":200,"data":null}`, &object{7}, &object{7}},
		"no data":                  {`{"status":200,"message":"OK"}`, &object{7}, &object{7}},
		"no data, raw message": {
			`{"status":200,"message":"OK"}`, new(json.RawMessage), ptr(json.RawMessage("null")),
		},
		"no data, pointer":     {`{"status":200}`, ptr(&object{7}), new(*object)},
		"strict type":          {`{"status":200,"data":"2026-01-02T03:04:05Z"}`, new(time.Time), &date},
		"no data, strict type": {`{"status":200}`, new(time.Time), new(time.Time)},
		"device":               {`{"data":{"id":"7"}}`, &whatspie.Device{}, &whatspie.Device{ID: 7}},
		"nil result":           {`{"data":{"a":1}}`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := wiretest.NewScript(wiretest.OK(test.body)).Client(t)
			require.NoError(t, client.Call(t.Context(), http.MethodGet, "/things", nil, test.out))
			assert.Equal(t, test.want, test.out)
		})
	}
}

func ptr[T any](value T) *T { return &value }

func TestCall_failsWhenDataDoesNotFit(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]error{
		http.MethodGet:  whatspie.ErrUnexpectedResponse,
		http.MethodPost: whatspie.ErrOutcomeUnknown,
	} {
		s := wiretest.NewScript(wiretest.OK(`{"data":{"a":"x"}}`))
		err := s.Client(t, wiretest.NoWaits).Call(t.Context(), method, "/things", nil, &struct{ A int }{})
		wiretest.AssertSentinels(t, err, want)
		var mismatch *json.UnmarshalTypeError
		require.ErrorAs(t, err, &mismatch)
		assert.Len(t, s.Requests(), 1)
	}
}

func TestCall_failureLeavesResultUnchanged(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]wiretest.Reply{
		"message without data": wiretest.OK(`{"code":200,"message":"Maintenance"}`),
		"empty body":           wiretest.OK(""),
		"failure beside data":  wiretest.OK(`{"code":500,"data":{"a":1}}`),
		"404 with data":        {Status: 404, Body: `{"data":{"a":1}}`},
		"302 with data":        {Status: 302, Body: `{"data":{"a":1}}`},
		"199 with data":        {Status: 199, Body: `{"data":{"a":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			type object struct{ A int }
			result := &object{7}
			client := wiretest.NewScript(reply).Client(t, wiretest.NoWaits)
			require.Error(t, client.Call(t.Context(), http.MethodGet, "/things", nil, &result))
			assert.Equal(t, &object{7}, result)
		})
	}
}

func TestCall_decodeErrorHidesData(t *testing.T) {
	t.Parallel()
	type object struct{ Code int32 }
	for name, test := range map[string]struct {
		data string
		out  any
		want string
	}{
		"number":        {`{"code":62812345678901234567}`, &object{}, "JSON number into Go int32 in field"},
		"string":        {`{"code":"62812345678901234567"}`, &object{}, "JSON string into Go int32 in field"},
		"array element": {`["62812345678"]`, &[]int{}, "the data does not fit into a []int: JSON string into Go int"},
		"caller's type": {`"62812345678"`, &quotingType{}, "the data does not fit into a whatspie_test.quotingType"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			client := wiretest.NewScript(wiretest.OK(`{"data":`+test.data+`}`)).Client(t, whatspie.WithLogger(logger))
			err := client.Call(t.Context(), http.MethodGet, "/things", nil, test.out)
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			assert.Contains(t, err.Error(), test.want)
			assert.NotContains(t, err.Error()+log.String(), "628123")
			assert.Contains(t, log.String(), "does not fit")
			if name == "caller's type" {
				require.ErrorIs(t, err, io.ErrNoProgress)
			} else {
				require.ErrorAs(t, err, new(*json.UnmarshalTypeError))
			}
		})
	}
}

// quotingType is a caller's type whose errors quote their input.
type quotingType struct{}

func (*quotingType) UnmarshalJSON(data []byte) error {
	return fmt.Errorf("%w: cannot read %s", io.ErrNoProgress, data)
}
