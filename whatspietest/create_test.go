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

// createdDevice is newDevice as created by an empty account in a bubble.
const createdDevice = `{"id":1,"name":"Customer Service","phone":"","webhook_url":"","status":"ACTIVE",` +
	`"version":"multidevice","paired_status":"UNPAIRED","created_at":"2000-01-01T00:00:00Z",` +
	`"updated_at":"2000-01-01T00:00:00Z","server":{"name":"ASIA (IDN1)","status":"ACTIVE"},` +
	`"package":{"code":"STARTUP240K","name":"Startup"},"subscription":{"quote_available":"-1","quote_used":"0"}}`

func TestCreateAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		shape  whatspietest.CreateAnswer
		status int
		want   string
	}{
		{"device", whatspietest.CreateAnswerDevice, 200, `{"status":200,"message":"OK","data":` + createdDevice + `}`},
		{"id", whatspietest.CreateAnswerID, 200, `{"status":200,"message":"OK","data":{"id":1}}`},
		{"array", whatspietest.CreateAnswerArray, 200, `{"status":200,"message":"OK","data":[` + createdDevice + `]}`},
		{"bare", whatspietest.CreateAnswerBare, 200, createdDevice},
		{"none", whatspietest.CreateAnswerNone, 200, `{"status":200,"message":"OK"}`},
		{"created", whatspietest.CreateAnswerCreated, 201, `{"status":201,"message":"Created","data":` + createdDevice + `}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := withoutSocket(t, whatspietest.WithCreateAnswer(test.shape))
				answer := srv.ask(t, http.MethodPost, "/devices", newDevice)
				assert.Equal(t, test.status, answer.status)
				assert.Equal(t, test.want, answer.body)
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
	assert.NotContains(t, srv.ask(t, http.MethodPost, "/devices", newDevice).body, "Customer Service")
	assert.NotContains(t, srv.ask(t, http.MethodGet, "/devices", "").body, "Customer Service")
	created, _ := srv.Device(1)
	assert.Equal(t, "Customer Service", created.Name, "the test knows the name")
}

func TestPackages(t *testing.T) {
	t.Parallel()
	create := func(t *testing.T, srv reached, code string) int {
		t.Helper()
		return srv.ask(t, http.MethodPost, "/devices", `{"package":"`+code+`","name":"x"}`).status
	}
	tests := []struct {
		name    string
		opts    []whatspietest.Option
		yes, no []string
	}{
		{"default", nil, []string{"BETA", "STARTER60K", "STARTUP240K", "BUSINESS", "STARTUP60K"}, []string{"", "beta", "GOLD"}},
		{"own", []whatspietest.Option{whatspietest.WithPackages("GOLD")}, []string{"GOLD"}, []string{"BETA", ""}},
		{"none", []whatspietest.Option{whatspietest.WithPackages()}, nil, []string{"BETA", ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t, test.opts...)
			for _, code := range test.yes {
				assert.Equal(t, http.StatusOK, create(t, srv, code), code)
			}
			for _, code := range test.no {
				assert.Equal(t, http.StatusBadRequest, create(t, srv, code), code)
			}
		})
	}
}

func TestDeviceLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		limit, added int
		want         int
	}{
		{"none allowed", 0, 0, http.StatusForbidden},
		{"room left", 2, 1, http.StatusOK},
		{"reached", 2, 2, http.StatusForbidden},
		{"exceeded by hand", 1, 3, http.StatusForbidden},
		{"no limit", -1, 9, http.StatusOK},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t, whatspietest.WithDeviceLimit(test.limit))
			for range test.added {
				srv.AddDevice(whatspie.Device{})
			}
			assert.Equal(t, test.want, srv.ask(t, http.MethodPost, "/devices", newDevice).status)
		})
	}
}

func TestInvalidOptions(t *testing.T) {
	t.Parallel()
	tests := map[string]func(){
		"whatspietest: WithToken: the token is empty":                func() { whatspietest.WithToken("") },
		"whatspietest: WithQRLifetime: 0s is not positive":           func() { whatspietest.WithQRLifetime(0) },
		"whatspietest: WithQRLifetime: -1ns is not positive":         func() { whatspietest.WithQRLifetime(-1) },
		"whatspietest: WithCreateAnswer: no such shape":              func() { whatspietest.WithCreateAnswer(99) },
		`whatspietest: Inject: status 99 is not between 200 and 999`: inject(whatspietest.Fault{Status: 99}),
		`whatspietest: Inject: path "[": syntax error in pattern`:    inject(whatspietest.Fault{Path: "["}),
	}
	for text, invalid := range tests {
		assert.PanicsWithValue(t, text, invalid)
	}
}

func inject(f whatspietest.Fault) func() {
	return func() { whatspietest.NewServer(whatspietest.WithoutSocket()).Inject(f) }
}
