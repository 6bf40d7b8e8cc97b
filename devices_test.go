package whatspie_test

import (
	"math"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestCreate_sendsDocumentedRequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request whatspie.CreateDeviceRequest
		body    string
	}{
		"documented": {wiretest.NewDevice, `{"package":"STARTUP240K","name":"Customer Service"}`},
		"unknown package code": {
			whatspie.CreateDeviceRequest{Package: "STARTUP60K", Name: "x"},
			`{"package":"STARTUP60K","name":"x"}`,
		},
		"special characters": {
			whatspie.CreateDeviceRequest{Package: "BETA", Name: "Ü <&> \"☎\""},
			`{"package":"BETA","name":"Ü <&> \"☎\""}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(`{"data":{"id":7}}`))
			device, err := s.Client(t).Devices.Create(t.Context(), test.request)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)
			assert.Equal(t, "POST", s.Requests()[0].Method)
			assert.Equal(t, "https://api.whatspie.com/devices", s.Requests()[0].URL)
			assert.Equal(t, test.body, s.Requests()[0].Body)
		})
	}
}

func TestCreate_fillsInMissingFields(t *testing.T) {
	t.Parallel()
	beta := whatspie.Package{Code: "BETA"}
	for body, want := range map[string]whatspie.Device{
		`{"data":{"id":7}}`:            {ID: 7, Name: "n", Package: beta},
		`{"data":{"id":7,"name":"m"}}`: {ID: 7, Name: "m", Package: beta},
		`{"data":{"id":7,"package":{"code":"B2","name":"Beta"}}}`: {
			ID: 7, Name: "n", Package: whatspie.Package{Code: "B2", Name: "Beta"},
		},
		`{"data":{"id":7,"device_name":"m","package":{"id":"1"}}}`: {
			ID: 7, Name: "m", Package: whatspie.Package{ID: 1, Code: "BETA"},
		},
	} {
		request := whatspie.CreateDeviceRequest{Package: "BETA", Name: "n"}
		client := wiretest.NewScript(wiretest.OK(body)).Client(t)
		device, err := client.Devices.Create(t.Context(), request)
		require.NoError(t, err)
		assert.Equal(t, want, *device, body)
		client = wiretest.NewScript(wiretest.ListOf(), wiretest.OK(body)).Client(t)
		device, err = client.Devices.CreateConfirmed(t.Context(), request)
		require.NoError(t, err)
		assert.Equal(t, want, *device, body)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	client, mock := wiretest.NewMockClient(t)
	mock.RegisterResponder(http.MethodGet, "https://api.whatspie.com/devices",
		httpmock.NewStringResponder(200, wiretest.Fixture(t, "list_devices_200.json")))
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

func TestGet(t *testing.T) {
	t.Parallel()
	client, mock := wiretest.NewMockClient(t)
	mock.RegisterResponder(http.MethodGet, "https://api.whatspie.com/devices/5",
		httpmock.NewStringResponder(200, wiretest.Fixture(t, "get_device_200.json")))
	device, err := client.Devices.Get(t.Context(), 5)
	require.NoError(t, err)
	assert.Equal(t, wiretest.DocumentedDevice(), *device)
	assert.True(t, device.Paired())
	assert.True(t, device.Subscription.Unlimited())
}

func TestGet_acceptsPhoneNumber(t *testing.T) {
	t.Parallel()
	for id, path := range map[int64]string{
		1:              "/devices/1",
		62895383079050: "/devices/62895383079050",
		math.MaxInt64:  "/devices/9223372036854775807",
	} {
		s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
		_, err := s.Client(t).Devices.Get(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, whatspie.DefaultBaseURL+path, s.Requests()[0].URL)
		assert.Empty(t, s.Requests()[0].Body)
	}
}

func TestGet_acceptsEveryEnvelopeForm(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"full envelope":                     `{"status":200,"message":"OK","data":{"id":7}}`,
		"data only":                         `{"data":{"id":7}}`,
		"upper-case keys":                   `{"Status":200,"DATA":{"ID":7}}`,
		"array of one":                      `{"status":200,"data":[{"id":7}]}`,
		"no envelope":                       `{"id":7,"status":"ACTIVE"}`,
		"no envelope, failed device status": `{"id":7,"status":"FAILED"}`,
		"no envelope, array of one":         `[{"id":7}]`,
		"unknown fields":                    `{"status":200,"data":{"id":7,"new":{"deep":[1]}},"meta":{"took":1}}`,
		"white space":                       " \r\n\t{ \"data\" : { \"id\" : 7 } } \n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device, err := wiretest.NewScript(wiretest.OK(body)).Client(t).Devices.Get(t.Context(), 7)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)
		})
	}
}

func TestGet_failsWithoutDevice(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no data":       `{"status":200,"message":"OK"}`,
		"null":          `{"status":200,"data":null}`,
		"empty object":  `{"status":200,"data":{}}`,
		"zero ID":       `{"status":200,"data":{"id":0}}`,
		"negative ID":   `{"status":200,"data":{"id":-7}}`,
		"string":        `{"status":200,"data":"OK"}`,
		"empty array":   `{"status":200,"data":[]}`,
		"two devices":   `{"status":200,"data":[{"id":7},{"id":8}]}`,
		"array of null": `{"status":200,"data":[null]}`,
		"other JSON":    `{"hello":"world"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(body))
			device, err := s.Client(t, wiretest.NoWaits).Devices.Get(t.Context(), 7)
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			require.ErrorContains(t, err, "200 OK: no device in the response")
			assert.Nil(t, device)
			assert.Equal(t, body, string(wiretest.APIError(t, err).Body))
			assert.Len(t, s.Requests(), 1)
		})
	}
}

func TestGet_failsWithoutContent(t *testing.T) {
	t.Parallel()
	client := wiretest.NewScript(wiretest.Reply{Status: 204}).Client(t, wiretest.NoWaits)
	device, err := client.Devices.Get(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	assert.Nil(t, device)
}
