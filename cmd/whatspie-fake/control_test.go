package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func newFakeWithDevice(t *testing.T) (*whatspietest.Server, http.Handler) {
	t.Helper()
	fake := newFake(settings{token: "secret", limit: -1, seed: []string{"Sales"}})
	t.Cleanup(fake.Close)
	return fake, newControl(fake)
}

func call(t *testing.T, handler http.Handler, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body)))
	return w
}

func TestControl_changesDevices(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, target string
		want           whatspie.PairedStatus
	}{
		{http.MethodPost, "/devices/1/scan", whatspie.PairedStatusPaired},
		{http.MethodPost, "/devices/1/expire", whatspie.PairedStatusExpired},
		{http.MethodPost, "/devices/1/suspend", whatspie.PairedStatusSuspended},
		{http.MethodPost, "/devices/1/disconnect", whatspie.PairedStatusUnpaired},
		{http.MethodDelete, "/devices/1", ""},
	}
	for _, test := range tests {
		t.Run(test.target, func(t *testing.T) {
			t.Parallel()
			fake, control := newFakeWithDevice(t)
			fake.Scan(1)
			if test.want == whatspie.PairedStatusPaired {
				fake.Disconnect(1)
			}
			assert.Equal(t, http.StatusNoContent, call(t, control, test.method, test.target, "").Code)
			device, exists := fake.Device(1)
			assert.Equal(t, test.want != "", exists)
			assert.Equal(t, test.want, device.PairedStatus)

			unknown := call(t, control, test.method, strings.Replace(test.target, "1", "2", 1), "")
			assert.Equal(t, http.StatusNotFound, unknown.Code)
			assert.JSONEq(t, `{"error":"device 2 does not exist"}`, unknown.Body.String())
			invalid := call(t, control, test.method, strings.Replace(test.target, "1", "x", 1), "")
			assert.Equal(t, http.StatusBadRequest, invalid.Code)
			assert.Equal(t, http.StatusMethodNotAllowed, call(t, control, http.MethodPut, test.target, "").Code)
		})
	}
}

func TestReadFault(t *testing.T) {
	t.Parallel()
	body := `{"method":"POST","path":"/devices/*","times":-1,"status":502,"header":{"X-Ray":["1"]},"body":"oops",
		"delay":"1m30s","drop":true,"refuse":true,"truncate":3,"lose":true}`
	got, err := readFault(strings.NewReader(body))
	require.NoError(t, err)
	assert.Equal(t, whatspietest.Fault{
		Method: "POST", Path: "/devices/*", Times: -1, Status: 502, Header: http.Header{"X-Ray": {"1"}}, Body: "oops",
		Delay: 90 * time.Second, Drop: true, Refuse: true, Truncate: 3, Lose: true,
	}, got)
}

func TestControl_rejectsInvalidFaults(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty body":         "",
		"array":              `[]`,
		"unknown field":      `{"stauts": 503}`,
		"delay as a number":  `{"delay": 2}`,
		"delay without unit": `{"delay": "2"}`,
		"invalid status":     `{"status": 99}`,
		"malformed path":     `{"path": "/["}`,
		"path without slash": `{"path": "devices"}`,
		"unknown method":     `{"method": "pots"}`,
		"two objects":        `{} {}`,
		"over 16 MiB":        `{"body": "` + strings.Repeat("x", maxFaultBytes) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, control := newFakeWithDevice(t)
			got := call(t, control, http.MethodPost, "/faults", body)
			assert.Equal(t, http.StatusBadRequest, got.Code)
			assert.Contains(t, got.Body.String(), `"error":`)
			_, err := fake.Client().Devices.List(t.Context())
			assert.NoError(t, err)
		})
	}
}

func TestControl_faults(t *testing.T) {
	t.Parallel()
	fake, control := newFakeWithDevice(t)
	client := fake.Client()
	added := call(t, control, http.MethodPost, "/faults", `{"status": 403, "times": -1}`)
	assert.Equal(t, http.StatusNoContent, added.Code)
	_, err := client.Devices.List(t.Context())
	require.ErrorIs(t, err, whatspie.ErrForbidden)
	assert.Equal(t, http.StatusNoContent, call(t, control, http.MethodDelete, "/faults", "").Code)
	_, err = client.Devices.List(t.Context())
	require.NoError(t, err)
}

func TestControl_requests(t *testing.T) {
	t.Parallel()
	fake, control := newFakeWithDevice(t)
	assert.Equal(t, "[]\n", call(t, control, http.MethodGet, "/requests", "").Body.String())
	device := whatspie.CreateDeviceRequest{Name: "n", Package: whatspie.PackageBeta}
	_, err := fake.Client().Devices.Create(t.Context(), device)
	require.NoError(t, err)
	got := call(t, control, http.MethodGet, "/requests", "")
	assert.Equal(t, "application/json", got.Header().Get("Content-Type"))
	assert.Contains(t, got.Body.String(), `"method":"POST","path":"/devices","query":{}`)
	assert.Contains(t, got.Body.String(), `\"name\":\"n\"`)
	assert.NotContains(t, got.Body.String(), "secret")
}
