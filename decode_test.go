package whatspie_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func decodeDevice(t *testing.T, body string) whatspie.Device {
	t.Helper()
	var device whatspie.Device
	require.NoError(t, json.Unmarshal([]byte(body), &device))
	return device
}

func TestDeviceIsAnObject(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`7`, `"x"`, `[]`, `[{"id":7}]`, `true`, `{`, `{"id":}`, `{"id":7}x`, ``, ` `, `nul`, `nullx`, `null 1`} {
		device := whatspie.Device{ID: 1}
		require.Error(t, device.UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Server).UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Package).UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Subscription).UnmarshalJSON([]byte(body)), body)
		assert.Equal(t, int64(1), device.ID, "an error leaves it as it was")
	}
}

func TestNullChangesNothing(t *testing.T) {
	t.Parallel()
	device := wiretest.DocumentedDevice()
	require.NoError(t, device.UnmarshalJSON([]byte("null")))
	assert.Equal(t, wiretest.DocumentedDevice(), device)
}

func TestDecodingReplacesWhatWasThere(t *testing.T) {
	t.Parallel()
	device := wiretest.DocumentedDevice()
	require.NoError(t, json.Unmarshal([]byte(`{"id":7}`), &device))
	assert.Equal(t, whatspie.Device{ID: 7}, device)
}

func TestPartsDecodeAlone(t *testing.T) {
	t.Parallel()
	type parts struct {
		Server       whatspie.Server       `json:"server"`
		Package      whatspie.Package      `json:"package"`
		Subscription whatspie.Subscription `json:"subscription"`
	}
	before := parts{whatspie.Server{Name: "EUR"}, whatspie.Package{ID: 1}, whatspie.Subscription{QuotaUsed: 1}}
	after := before
	require.NoError(t, json.Unmarshal([]byte(`{"server":null,"package":null,"subscription":null}`), &after))
	assert.Equal(t, before, after, "as encoding/json has it")
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

// The expected text is written by hand: a wrong tag must not agree with itself.
func TestDeviceEncodesAsTheAPIDoes(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(wiretest.DocumentedDevice())
	require.NoError(t, err)
	_, data, found := strings.Cut(wiretest.Fixture(t, "get_device_200.json"), `"data":`)
	require.True(t, found)
	assert.JSONEq(t, strings.TrimSuffix(strings.TrimSpace(data), "}"), string(encoded))
	assert.Equal(t, wiretest.DocumentedDevice(), decodeDevice(t, string(encoded)))

	encoded, err = json.Marshal(whatspie.Device{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":0,"phone":"","webhook_url":"","status":"","version":"","paired_status":"",
		"server":{"name":"","status":""},"package":{"code":"","name":""},
		"subscription":{"quote_available":"0","quote_used":"0"}}`, string(encoded))

	named := whatspie.Device{Name: "Support", Package: whatspie.Package{ID: 3}}
	encoded, err = json.Marshal(named)
	require.NoError(t, err)
	assert.Contains(t, string(encoded), `"name":"Support"`)
	assert.Equal(t, named, decodeDevice(t, string(encoded)))
}

// quoting is a caller's type whose errors quote their input.
type quoting struct{}

func (*quoting) UnmarshalJSON(data []byte) error {
	return fmt.Errorf("%w: cannot read %s", io.ErrNoProgress, data)
}

func TestErrorsOfDecodingQuoteNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data string
		out  any
		want string
	}{
		"a number":      {`{"code":62812345678901234567}`, &struct{ Code int32 }{}, "JSON number into Go int32 in field"},
		"a string":      {`{"code":"62812345678901234567"}`, &struct{ Code int32 }{}, "JSON string into Go int32 in field"},
		"an element":    {`["62812345678901234567"]`, &[]int{}, "the data does not fit into a []int: JSON string into Go int"},
		"a user's type": {`"62812345678901234567"`, &quoting{}, "the data does not fit into a whatspie_test.quoting"},
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
			if name == "a user's type" {
				require.ErrorIs(t, err, io.ErrNoProgress)
			} else {
				require.ErrorAs(t, err, new(*json.UnmarshalTypeError))
			}
		})
	}
}
