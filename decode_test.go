package whatspie_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
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
	device := documented()
	require.NoError(t, device.UnmarshalJSON([]byte("null")))
	assert.Equal(t, documented(), device)
}

func TestDecodingReplacesWhatWasThere(t *testing.T) {
	t.Parallel()
	device := documented()
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
	encoded, err := json.Marshal(documented())
	require.NoError(t, err)
	_, data, found := strings.Cut(fixture(t, "get_device_200.json"), `"data":`)
	require.True(t, found)
	assert.JSONEq(t, strings.TrimSuffix(strings.TrimSpace(data), "}"), string(encoded))
	assert.Equal(t, documented(), decodeDevice(t, string(encoded)))

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

func TestPaired(t *testing.T) {
	t.Parallel()
	for status, want := range map[whatspie.PairedStatus]bool{
		whatspie.PairedStatusPaired: true, "paired": true,
		whatspie.PairedStatusUnpaired: false, whatspie.PairedStatusExpired: false, whatspie.PairedStatusSuspended: false,
		"": false, "PAIRED?": false, "REPAIRED": false,
	} {
		assert.Equal(t, want, (&whatspie.Device{Status: whatspie.DeviceStatusActive, PairedStatus: status}).Paired(), status)
	}
	assert.False(t, (*whatspie.Device)(nil).Paired())
}

func TestUnlimited(t *testing.T) {
	t.Parallel()
	for quota, want := range map[int64]bool{-1: true, -2: true, 0: false, 1: false} {
		assert.Equal(t, want, whatspie.Subscription{QuotaAvailable: quota}.Unlimited(), quota)
	}
}

func TestPackages(t *testing.T) {
	t.Parallel()
	want := []whatspie.Package{
		{ID: 1, Code: "BETA", Name: "Beta Tester"},
		{ID: 2, Code: "STARTER60K", Name: "Starter"},
		{ID: 3, Code: "STARTUP240K", Name: "Startup"},
		{ID: 4, Code: "BUSINESS", Name: "Business"},
	}
	first := whatspie.Packages()
	assert.Equal(t, want, first)
	first[0].Code = "changed"
	assert.Equal(t, want, whatspie.Packages(), "the slice is the caller's")
	for _, plan := range want {
		found, known := whatspie.LookupPackage(plan.Code)
		assert.True(t, known)
		assert.Equal(t, plan, found)
	}
	for _, code := range []whatspie.PackageCode{"", "beta", "STARTUP60K", " BETA"} {
		found, known := whatspie.LookupPackage(code)
		assert.False(t, known, code)
		assert.Zero(t, found)
	}
}

// Nothing in nearly no bytes would be a device of a few hundred in memory.
func TestListRefusesACrowdOfNothings(t *testing.T) {
	t.Parallel()
	for body, crowded := range map[string]bool{
		strings.Repeat(`{"id":1},`, 9_999) + `{"id":1}`:                                                      false,
		strings.Repeat(`{"id":1},`, 10_000) + `{"id":1}`:                                                     true,
		strings.Repeat(`{"x":1},`, 10_000) + `{"x":1}`:                                                       true,
		strings.Repeat(`{"id":1,"paired_status":"UNPAIRED","phone":"62895101544967"},`, 20_000) + `{"id":1}`: false,
	} {
		devices, err := scriptOf(ok(`{"status":200,"message":"OK","data":[` + body + `]}`)).client(t).Devices.List(t.Context())
		if crowded {
			assertOnly(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
			continue
		}
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(devices), 10_000)
	}
}
