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

func ask(t *testing.T, handler http.Handler, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body)))
	return w
}

func TestControlChangesDevices(t *testing.T) {
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
			assert.Equal(t, http.StatusNoContent, ask(t, control, test.method, test.target, "").Code)
			device, exists := fake.Device(1)
			assert.Equal(t, test.want != "", exists)
			assert.Equal(t, test.want, device.PairedStatus)

			unknown := ask(t, control, test.method, strings.Replace(test.target, "1", "2", 1), "")
			assert.Equal(t, http.StatusNotFound, unknown.Code)
			assert.JSONEq(t, `{"error":"there is no device 2"}`, unknown.Body.String())
			wrong := ask(t, control, test.method, strings.Replace(test.target, "1", "x", 1), "")
			assert.Equal(t, http.StatusBadRequest, wrong.Code)
			assert.Equal(t, http.StatusMethodNotAllowed, ask(t, control, http.MethodPut, test.target, "").Code)
		})
	}
}

func TestReadFault(t *testing.T) {
	t.Parallel()
	full := `{"method":"POST","path":"/devices/*","times":-1,"status":502,"header":{"X-Ray":["1"]},"body":"oops","delay":"1m30s",
		"drop":true,"refuse":true,"truncate":3,"lose":true}`
	got, err := readFault(strings.NewReader(full))
	require.NoError(t, err)
	assert.Equal(t, whatspietest.Fault{
		Method: "POST", Path: "/devices/*", Times: -1, Status: 502, Header: http.Header{"X-Ray": {"1"}}, Body: "oops",
		Delay: 90 * time.Second, Drop: true, Refuse: true, Truncate: 3, Lose: true,
	}, got)
}

func TestControlRefusesFaults(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":            "",
		"no object":        `[]`,
		"unknown field":    `{"stauts": 503}`,
		"delay, a number":  `{"delay": 2}`,
		"delay, no unit":   `{"delay": "2"}`,
		"status":           `{"status": 99}`,
		"path":             `{"path": "["}`,
		"two":              `{} {}`,
		"larger than 16 M": `{"body": "` + strings.Repeat("x", maxFaultBytes) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, control := newFakeWithDevice(t)
			got := ask(t, control, http.MethodPost, "/faults", body)
			assert.Equal(t, http.StatusBadRequest, got.Code)
			assert.Contains(t, got.Body.String(), `"error":`)
			_, err := fake.Client().Devices.List(t.Context())
			assert.NoError(t, err)
		})
	}
}

func TestControlFaults(t *testing.T) {
	t.Parallel()
	fake, control := newFakeWithDevice(t)
	client := fake.Client()
	assert.Equal(t, http.StatusNoContent, ask(t, control, http.MethodPost, "/faults", `{"status": 403, "times": -1}`).Code)
	_, err := client.Devices.List(t.Context())
	require.ErrorIs(t, err, whatspie.ErrForbidden)
	assert.Equal(t, http.StatusNoContent, ask(t, control, http.MethodDelete, "/faults", "").Code)
	_, err = client.Devices.List(t.Context())
	require.NoError(t, err)
}

func TestControlRequests(t *testing.T) {
	t.Parallel()
	fake, control := newFakeWithDevice(t)
	assert.Equal(t, "[]\n", ask(t, control, http.MethodGet, "/requests", "").Body.String())
	_, err := fake.Client().Devices.Create(t.Context(), whatspie.CreateDeviceRequest{Name: "n", Package: whatspie.PackageBeta})
	require.NoError(t, err)
	got := ask(t, control, http.MethodGet, "/requests", "")
	assert.Equal(t, "application/json", got.Header().Get("Content-Type"))
	assert.Contains(t, got.Body.String(), `"method":"POST","path":"/devices","query":{}`)
	assert.Contains(t, got.Body.String(), `\"name\":\"n\"`)
	assert.NotContains(t, got.Body.String(), "secret")
}
