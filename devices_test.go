package whatspie_test

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

var newDevice = whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Customer Service"}

// documented is the device of get_device_200.json.
func documented() whatspie.Device {
	return whatspie.Device{
		ID:           5,
		Phone:        "62895383079050",
		WebhookURL:   "https://your-webhook-url.com",
		Status:       whatspie.DeviceStatusActive,
		Version:      "multidevice",
		PairedStatus: whatspie.PairedStatusPaired,
		CreatedAt:    time.Date(2020, 2, 26, 7, 6, 47, 0, time.UTC),
		UpdatedAt:    time.Date(2025, 8, 11, 21, 30, 42, 0, time.UTC),
		Server:       whatspie.Server{Name: "ASIA (IDN1)", Status: "ACTIVE"},
		Package:      whatspie.Package{Code: whatspie.PackageStartup, Name: "Startup"},
		Subscription: whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 62755},
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	client, mock := mocked(t)
	mock.RegisterResponder(http.MethodGet, "https://api.whatspie.com/devices/5", httpmock.NewStringResponder(200, fixture(t, "get_device_200.json")))
	device, err := client.Devices.Get(t.Context(), 5)
	require.NoError(t, err)
	assert.Equal(t, documented(), *device)
	assert.True(t, device.Paired())
	assert.True(t, device.Subscription.Unlimited())
}

func TestGetTakesAPhoneNumber(t *testing.T) {
	t.Parallel()
	for id, path := range map[int64]string{1: "/devices/1", 62895383079050: "/devices/62895383079050", math.MaxInt64: "/devices/9223372036854775807"} {
		s := scriptOf(ok(fixture(t, "get_device_200.json")))
		_, err := s.client(t).Devices.Get(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, whatspie.DefaultBaseURL+path, s.requests()[0].url)
		assert.Empty(t, s.requests()[0].body)
	}
}

func TestIDsBelowOneNeverLeave(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{0, -1, math.MinInt64} {
		s := scriptOf(ok(fixture(t, "get_device_200.json")))
		device, err := s.client(t).Devices.Get(t.Context(), id)
		assertOnly(t, err, whatspie.ErrInvalidRequest)
		assert.Nil(t, device)
		code, err := s.client(t).Devices.QR(t.Context(), id)
		assertOnly(t, err, whatspie.ErrInvalidRequest)
		assert.Nil(t, code)
		require.ErrorContains(t, err, "is below 1")
		assert.NotContains(t, apiError(t, err).Path, "?")
		assert.Empty(t, s.requests())
	}
}

func TestGetAcceptsOneDeviceHoweverWrapped(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"data":                 `{"status":200,"message":"OK","data":{"id":7}}`,
		"data alone":           `{"data":{"id":7}}`,
		"upper-case keys":      `{"Status":200,"DATA":{"ID":7}}`,
		"a list of one":        `{"status":200,"data":[{"id":7}]}`,
		"bare":                 `{"id":7,"status":"ACTIVE"}`,
		"bare, unhappy status": `{"id":7,"status":"FAILED"}`,
		"bare list of one":     `[{"id":7}]`,
		"unknown fields":       `{"status":200,"data":{"id":7,"new":{"deep":[1]}},"meta":{"took":1}}`,
		"white space":          " \r\n\t{ \"data\" : { \"id\" : 7 } } \n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device, err := scriptOf(ok(body)).client(t).Devices.Get(t.Context(), 7)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)
		})
	}
}

func TestGetWithoutADeviceIsAnError(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no data":     `{"status":200,"message":"OK"}`,
		"null":        `{"status":200,"data":null}`,
		"empty":       `{"status":200,"data":{}}`,
		"ID zero":     `{"status":200,"data":{"id":0}}`,
		"ID below":    `{"status":200,"data":{"id":-7}}`,
		"negative ID": `{"status":200,"data":{"id":-7}}`,
		"words":       `{"status":200,"data":"OK"}`,
		"empty list":  `{"status":200,"data":[]}`,
		"two":         `{"status":200,"data":[{"id":7},{"id":8}]}`,
		"null inside": `{"status":200,"data":[null]}`,
		"other JSON":  `{"hello":"world"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(ok(body))
			device, err := s.client(t, atOnce).Devices.Get(t.Context(), 7)
			assertOnly(t, err, whatspie.ErrUnexpectedResponse)
			require.ErrorContains(t, err, "200 OK: no device in the response")
			assert.Nil(t, device)
			assert.Equal(t, body, string(apiError(t, err).Body))
			assert.Len(t, s.requests(), 1)
		})
	}
}

func TestGetWithoutContentIsAnError(t *testing.T) {
	t.Parallel()
	device, err := scriptOf(reply{status: 204}).client(t, atOnce).Devices.Get(t.Context(), 7)
	assertOnly(t, err, whatspie.ErrUnexpectedResponse)
	assert.Nil(t, device)
}

func TestList(t *testing.T) {
	t.Parallel()
	client, mock := mocked(t)
	mock.RegisterResponder(http.MethodGet, "https://api.whatspie.com/devices", httpmock.NewStringResponder(200, fixture(t, "list_devices_200.json")))
	devices, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	require.Len(t, devices, 1)
	assert.Equal(t, int64(2076), devices[0].ID)
	assert.Equal(t, whatspie.PairedStatusUnpaired, devices[0].PairedStatus)
	assert.Equal(t, whatspie.DeviceStatusActive, devices[0].Status)
	assert.False(t, devices[0].Paired(), "ACTIVE does not mean paired")
	assert.Equal(t, int64(522), devices[0].Subscription.QuotaUsed)
	assert.Equal(t, "EUR (DEU1)", devices[0].Server.Name)
}

// lists are the answers that List and All must read alike.
func lists() map[string]struct {
	answer reply
	ids    []int64
} {
	return map[string]struct {
		answer reply
		ids    []int64
	}{
		"two":              {ok(`{"status":200,"message":"OK","data":[{"id":1},{"id":2}]}`), []int64{1, 2}},
		"data first":       {ok(`{"data":[{"id":1}],"status":200}`), []int64{1}},
		"bare":             {ok(` [{"id":1},{"id":"2"}] `), []int64{1, 2}},
		"none":             {ok(`{"status":200,"data":[]}`), []int64{}},
		"null":             {ok(`{"status":200,"message":"OK","data":null}`), []int64{}},
		"no data":          {ok(`{"status":200,"message":"OK"}`), []int64{}},
		"bare none":        {ok(`[]`), []int64{}},
		"no ID":            {ok(`{"status":200,"data":[{"id":-5},{"id":"-5"},{"id":"x"}]}`), []int64{0, 0, 0}},
		"null elements":    {ok(`{"status":200,"data":[null,{"id":1},null]}`), []int64{1}},
		"unknown fields":   {ok(`{"a":{"data":[{"id":9}]},"data":[{"id":1,"x":[{}]}],"b":[1,2]}`), []int64{1}},
		"upper-case keys":  {ok(`{"STATUS":200,"Data":[{"Id":1}]}`), []int64{1}},
		"202":              {reply{status: 202, body: `{"data":[{"id":1}]}`}, []int64{1}},
		"no content (204)": {reply{status: 204}, []int64{}},
	}
}

func TestListReadsEveryList(t *testing.T) {
	t.Parallel()
	for name, test := range lists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			devices, err := scriptOf(test.answer).client(t).Devices.List(t.Context())
			require.NoError(t, err)
			require.NotNil(t, devices, "none is an empty slice")
			ids := make([]int64, len(devices))
			for i, device := range devices {
				ids[i] = device.ID
			}
			assert.Equal(t, test.ids, ids)
		})
	}
}

// noLists are the answers that neither List nor All may take for a list.
func noLists() map[string]string {
	return map[string]string{
		"a device":          `{"status":200,"data":{"id":1}}`,
		"a bare device":     `{"id":1,"status":"ACTIVE"}`,
		"words":             `{"status":200,"data":"none"}`,
		"a number":          `{"status":200,"data":0}`,
		"numbers":           `{"status":200,"data":[1,2]}`,
		"words in the list": `{"status":200,"data":["a"]}`,
		"lists in the list": `{"status":200,"data":[[]]}`,
		"other JSON":        `{"hello":"world"}`,
		"no JSON object":    `"OK"`,
		"just null":         `null`,
		"empty":             ``,
		"an empty object":   `{}`,
		"HTML":              `<html><body>Welcome</body></html>`,
		"truncated":         `{"status":200,"data":[{"id":`,
		"unclosed":          `{"status":200,"data":[]`,
		"broken":            `{"status":200,"data":[{"id":1},]}`,
	}
}

func TestListTakesNothingElseForAList(t *testing.T) {
	t.Parallel()
	for name, body := range noLists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(ok(body))
			devices, err := s.client(t, atOnce).Devices.List(t.Context())
			assertOnly(t, err, whatspie.ErrUnexpectedResponse)
			assert.Nil(t, devices)
			assert.Equal(t, body, string(apiError(t, err).Body))
			assert.Equal(t, 200, apiError(t, err).StatusCode)
			assert.Len(t, s.requests(), 1, "the same answer would come again")
		})
	}
}

// What confirms a creation without a body says nothing of a list, and both ways of reading one know it.
func TestAListNeedsMoreThanAStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{201, 202, 200} {
		for _, body := range []string{"", `{"code":200,"message":"OK"}`, `{"message":"OK"}`, `{"status":200,"message":"Maintenance"}`} {
			s := scriptOf(reply{status: status, body: body})
			_, err := s.client(t, atOnce).Devices.List(t.Context())
			assertOnly(t, err, whatspie.ErrUnexpectedResponse)
			_, err = drain(t, s.client(t, atOnce).Devices.All(t.Context()))
			assertOnly(t, err, whatspie.ErrUnexpectedResponse)
		}
	}
}

func TestCreateSendsTheDocumentedRequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request whatspie.CreateDeviceRequest
		body    string
	}{
		"documented":           {newDevice, `{"package":"STARTUP240K","name":"Customer Service"}`},
		"unknown package code": {whatspie.CreateDeviceRequest{Package: "STARTUP60K", Name: "x"}, `{"package":"STARTUP60K","name":"x"}`},
		"text of all kinds":    {whatspie.CreateDeviceRequest{Package: "BETA", Name: "Ü <&> \"☎\""}, `{"package":"BETA","name":"Ü <&> \"☎\""}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(ok(`{"data":{"id":7}}`))
			device, err := s.client(t).Devices.Create(t.Context(), test.request)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)
			assert.Equal(t, "POST", s.requests()[0].method)
			assert.Equal(t, "https://api.whatspie.com/devices", s.requests()[0].url)
			assert.Equal(t, test.body, s.requests()[0].body)
		})
	}
}

func TestBlankFieldsNeverLeave(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]whatspie.CreateDeviceRequest{
		"nothing":           {},
		"no package":        {Name: "x"},
		"blank package":     {Package: " \t", Name: "x"},
		"no name":           {Package: "BETA"},
		"blank name":        {Package: "BETA", Name: "\n "},
		"blank Unicode too": {Package: "BETA", Name: "\u00a0\u2003"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(ok(`{"data":{"id":7}}`))
			device, err := s.client(t).Devices.Create(t.Context(), request)
			assertOnly(t, err, whatspie.ErrInvalidRequest)
			assert.Nil(t, device)
			assert.Empty(t, s.requests())
			assert.True(t, strings.HasSuffix(err.Error(), "is blank"), err)
		})
	}
}
