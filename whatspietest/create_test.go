package whatspietest_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const newDevice = `{"package":"STARTUP240K","name":"Customer Service"}`

// createdDevice is the JSON of the device that newDevice creates as the first one in a synctest bubble.
const createdDevice = `{"id":1,"name":"Customer Service","phone":"","webhook_url":"","status":"ACTIVE",` +
	`"version":"multidevice","paired_status":"UNPAIRED","created_at":"2000-01-01T00:00:00Z",` +
	`"updated_at":"2000-01-01T00:00:00Z","server":{"name":"ASIA (IDN1)","status":"ACTIVE"},` +
	`"package":{"code":"STARTUP240K","name":"Startup"},"subscription":{"quote_available":"-1","quote_used":"0"}}`

func TestCreateResponse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		form   whatspietest.CreateResponse
		status int
		want   string
	}{
		{"device", whatspietest.CreateResponseDevice, 200, `{"status":200,"message":"OK","data":` + createdDevice + `}`},
		{"only the ID", whatspietest.CreateResponseID, 200, `{"status":200,"message":"OK","data":{"id":1}}`},
		{"array", whatspietest.CreateResponseArray, 200, `{"status":200,"message":"OK","data":[` + createdDevice + `]}`},
		{"no envelope", whatspietest.CreateResponseBare, 200, createdDevice},
		{"no data", whatspietest.CreateResponseNoData, 200, `{"status":200,"message":"OK"}`},
		{
			"201 Created", whatspietest.CreateResponseCreated, 201,
			`{"status":201,"message":"Created","data":` + createdDevice + `}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := withoutSocket(t, whatspietest.WithCreateResponse(test.form))
				got := srv.send(t, http.MethodPost, "/devices", newDevice)
				assert.Equal(t, test.status, got.status)
				assert.Equal(t, test.want, got.body)
				created, ok := srv.Device(1)
				require.True(t, ok)
				assert.Equal(t, "Customer Service", created.Name)
			})
		})
	}
}

func TestWithoutNames(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t, whatspietest.WithoutNames())
	assert.NotContains(t, srv.send(t, http.MethodPost, "/devices", newDevice).body, "Customer Service")
	assert.NotContains(t, srv.send(t, http.MethodGet, "/devices", "").body, "Customer Service")
	created, _ := srv.Device(1)
	assert.Equal(t, "Customer Service", created.Name, "the server keeps the name")
}

func TestWithPackages(t *testing.T) {
	t.Parallel()
	create := func(t *testing.T, srv testServer, code string) int {
		t.Helper()
		return srv.send(t, http.MethodPost, "/devices", `{"package":"`+code+`","name":"x"}`).status
	}
	tests := []struct {
		name               string
		opts               []whatspietest.Option
		accepted, rejected []string
	}{
		{
			"default", nil,
			[]string{"BETA", "STARTER60K", "STARTUP240K", "BUSINESS", "STARTUP60K"},
			[]string{"", "beta", "GOLD"},
		},
		{"given codes", []whatspietest.Option{whatspietest.WithPackages("GOLD")}, []string{"GOLD"}, []string{"BETA", ""}},
		{"no codes", []whatspietest.Option{whatspietest.WithPackages()}, nil, []string{"BETA", ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t, test.opts...)
			for _, code := range test.accepted {
				assert.Equal(t, http.StatusOK, create(t, srv, code), code)
			}
			for _, code := range test.rejected {
				assert.Equal(t, http.StatusBadRequest, create(t, srv, code), code)
			}
		})
	}
}

func TestWithDeviceLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		limit, added int
		want         int
	}{
		{"none allowed", 0, 0, http.StatusForbidden},
		{"below the limit", 2, 1, http.StatusOK},
		{"limit reached", 2, 2, http.StatusForbidden},
		{"exceeded with AddDevice", 1, 3, http.StatusForbidden},
		{"no limit", -1, 9, http.StatusOK},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t, whatspietest.WithDeviceLimit(test.limit))
			for range test.added {
				srv.AddDevice(whatspie.Device{})
			}
			assert.Equal(t, test.want, srv.send(t, http.MethodPost, "/devices", newDevice).status)
		})
	}
}
