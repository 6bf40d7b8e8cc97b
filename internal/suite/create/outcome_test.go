package create_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestCreate_acceptsEveryFormOfSuccess(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]wiretest.Reply{
		"device":                  wiretest.OK(`{"status":200,"message":"OK","data":{"id":7,"status":"ACTIVE"}}`),
		"ID only":                 wiretest.OK(`{"status":200,"message":"OK","data":{"id":7}}`),
		"ID and status as text":   wiretest.OK(`{"status":"200","data":{"id":"7"}}`),
		"list of one device":      wiretest.OK(`{"status":200,"data":[{"id":7}]}`),
		"device without envelope": wiretest.OK(`{"id":7,"phone":null,"status":"ACTIVE"}`),
		"list without envelope":   wiretest.OK(`[{"id":7}]`),
		"201":                     {Status: 201, Body: `{"status":201,"message":"Created","data":{"id":7}}`},
		"201 without envelope":    {Status: 201, Body: `{"id":7}`},
		"202":                     {Status: 202, Body: `{"data":{"id":7}}`},
		"device with QR code": wiretest.OK(
			`{"data":{"id":7,"qr":"data:image/png;base64,AA==","status":"ACTIVE","phone":""}}`,
		),
		"code instead of status": wiretest.OK(`{"code":200,"message":"OK","data":{"id":7}}`),
		"null error":             wiretest.OK(`{"code":201,"error":null,"data":{"id":7}}`),
		"status true, no error":  wiretest.OK(`{"status":true,"error":false,"data":{"id":7}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(reply)
			device, err := s.Client(t).Devices.Create(t.Context(), wiretest.NewDevice)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)
			assert.Len(t, s.Requests(), 1)
		})
	}
}

func TestCreate_reportsUnidentifiedDevice(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]wiretest.Reply{
		"empty 201":                     {Status: 201},
		"empty 202":                     {Status: 202},
		"204":                           {Status: 204},
		"status and message":            wiretest.OK(`{"status":200,"message":"Device created"}`),
		"201 with message only":         {Status: 201, Body: `{"message":"Device created"}`},
		"success and message":           wiretest.OK(`{"success":true,"message":"Device created"}`),
		"null data":                     wiretest.OK(`{"status":200,"data":null}`),
		"empty object":                  wiretest.OK(`{"status":200,"data":{}}`),
		"empty list":                    wiretest.OK(`{"status":201,"data":[]}`),
		"two devices":                   wiretest.OK(`{"status":201,"data":[{"id":7},{"id":8}]}`),
		"ID 0":                          {Status: 201, Body: `{"data":{"id":0}}`},
		"string":                        {Status: 201, Body: `{"data":"created"}`},
		"QR code without ID":            wiretest.OK(`{"status":200,"data":{"qr":"x","status":"UNPAIRED"}}`),
		"empty object without envelope": {Status: 201, Body: `{}`},
		"empty list without envelope":   {Status: 201, Body: `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(reply)
			device, err := s.Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
			wiretest.AssertSentinels(t, err, whatspie.ErrDeviceUnidentified)
			assert.Nil(t, device)
			assert.Len(t, s.Requests(), 1, "a second request would create a second device")
			assert.False(t, wiretest.APIError(t, err).Retryable())
			assert.Equal(t, reply.Status, wiretest.APIError(t, err).StatusCode)
			assert.Contains(t, err.Error(), "device created, but not identified in the response")
			assert.NotContains(t, err.Error(), "outcome unknown")
		})
	}
}

func TestCreate_reportsUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]wiretest.Reply{
		"500":                       {Status: 500, Body: `{"code":500,"message":"x"}`},
		"502 HTML":                  {Status: 502, Body: "<html>"},
		"503":                       {Status: 503},
		"504 with Retry-After":      {Status: 504, Header: http.Header{"Retry-After": {"1"}}},
		"408":                       {Status: 408},
		"502 with code 400":         {Status: 502, Body: `{"code":400}`},
		"500 with code 429":         {Status: 500, Body: `{"code":429}`},
		"502 with code 429":         {Status: 502, Body: `{"code":429}`},
		"408 with code 429":         {Status: 408, Body: `{"code":429}`},
		"429 with code 500":         {Status: 429, Body: `{"code":500}`},
		"200 with code 500":         wiretest.OK(`{"code":500,"message":"x"}`),
		"connection reset":          wiretest.Fail(wiretest.ConnectionReset()),
		"connection closed":         wiretest.Fail(io.EOF),
		"timeout":                   {Stall: true},
		"200 HTML":                  wiretest.OK("<html>login</html>"),
		"empty 200":                 wiretest.OK(""),
		"200 with truncated JSON":   wiretest.OK(`{"status":200,"data":{"id":`),
		"200 with message only":     wiretest.OK(`{"message":"Unauthenticated."}`),
		"200 with code and message": wiretest.OK(`{"code":200,"message":"Account suspended"}`),
		"200 with unknown code":     wiretest.OK(`{"code":1001,"message":"Unauthorized"}`),
		"200 with cut body":         {Status: 200, Body: `{"status":200`, Cut: true},
		"201 HTML":                  {Status: 201, Body: "<html>"},
		"200 with too large body":   wiretest.OK(`{"data":{"id":7},"x":"` + string(make([]byte, 300)) + `"}`),
		"302":                       wiretest.Redirect(302, "/devices"),
		"304":                       {Status: 304},
		"302 with invalid Location": wiretest.Redirect(302, "http://[::1"),
		"JSON string":               wiretest.OK(`"OK"`),
		"JSON null":                 wiretest.OK(`null`),
		"201 with error": {
			Status: 201, Body: `{"status":201,"message":"Device created","error":"QR code generation failed"}`,
		},
		"201 with code 403":           {Status: 201, Body: `{"code":403}`},
		"200 with error":              wiretest.OK(`{"status":200,"data":null,"error":"no webhook"}`),
		"device with status error":    wiretest.OK(`{"status":"error","message":"no QR","data":{"id":77}}`),
		"201 device with code 429":    {Status: 201, Body: `{"code":429,"data":{"id":7}}`},
		"303 with code 429":           {Status: 303, Body: `{"code":429}`},
		"200 device with code 429":    wiretest.OK(`{"code":429,"data":[{"id":7}]}`),
		"bare device, success false":  wiretest.OK(`{"success":false,"id":7,"name":"x"}`),
		"nested device, status false": wiretest.OK(`{"status":false,"data":{"device":{"id":7}}}`),
		"429 with device":             {Status: 429, Body: `{"status":200,"data":{"id":7}}`},
		"429 with code and device":    {Status: 429, Body: `{"code":429,"data":{"id":7}}`},
		"403 with code and success":   {Status: 403, Body: `{"code":403,"success":true}`},
		"429 with bare device":        {Status: 429, Body: `{"id":7}`},
		"429 with status 200":         {Status: 429, Body: `{"status":200,"message":"OK"}`},
		"400 with device":             {Status: 400, Body: `{"data":[{"id":7}]}`},
		"statuses 200 and 429":        wiretest.OK(`{"status":200,"status":429}`),
		"codes 200 and 429":           wiretest.OK(`{"code":200,"code":429}`),
		"device key, success false":   wiretest.OK(`{"success":false,"device":{"id":7}}`),
		"success and success false":   wiretest.OK(`{"status":"success","success":false}`),
		"other transport error":       wiretest.Fail(http.ErrServerClosed),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(reply, wiretest.OK(`{"data":{"id":8}}`))
				client := s.Client(t, whatspie.WithMaxResponseBytes(200))
				device, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				assert.Nil(t, device)
				assert.Equal(t, reply.Status, wiretest.APIError(t, err).StatusCode)
				assert.Len(t, s.Requests(), 1, "never sent twice")
				assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
				assert.False(t, wiretest.APIError(t, err).Retryable())
				assert.Regexp(t, `^whatspie: POST /devices: outcome unknown: .+ \(1 attempt`, err.Error())
			})
		})
	}
}

// A caller's transport may trace a request without a connection, and then return a dial error.
func TestCreate_reportsUnknownOutcomeAfterHeadersWereWritten(t *testing.T) {
	t.Parallel()
	requests := 0
	transport := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
		requests++
		trace := httptrace.ContextClientTrace(request.Context())
		trace.GetConn("")
		trace.WroteHeaders()
		return nil, wiretest.ConnectionRefused()
	})
	client := wiretest.NewClient(t, wiretest.NoWaits, wiretest.WithTransport(transport))
	_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
	wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, 1, requests)
}

func TestCreate_reportsRefusal(t *testing.T) {
	t.Parallel()
	fixture := func(status int, name string) wiretest.Reply {
		return wiretest.Reply{Status: status, Body: wiretest.Fixture(t, name)}
	}
	invalidPackage := []error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest}
	deviceLimit := []error{whatspie.ErrDeviceLimit, whatspie.ErrForbidden}
	badRequest := []error{whatspie.ErrBadRequest}
	unexpected := []error{whatspie.ErrUnexpectedResponse}
	for name, test := range map[string]struct {
		reply wiretest.Reply
		want  []error
	}{
		"400":      {fixture(400, "create_device_invalid_package_400.json"), invalidPackage},
		"401":      {fixture(401, "unauthorized_401.json"), []error{whatspie.ErrUnauthorized}},
		"403":      {fixture(403, "create_device_limit_reached_403.json"), deviceLimit},
		"403 HTML": {wiretest.Reply{Status: 403, Body: "<html>"}, []error{whatspie.ErrForbidden}},
		"404":      {wiretest.Reply{Status: 404}, []error{whatspie.ErrNotFound}},
		"422": {
			wiretest.Reply{Status: 422, Body: `{"message":"The name is taken.","errors":{}}`}, badRequest,
		},
		"422 with cut body":        {wiretest.Reply{Status: 422, Body: `{"mess`, Cut: true}, badRequest},
		"200 with code 400":        {wiretest.OK(`{"code":400,"message":"Invalid package type"}`), invalidPackage},
		"status false":             {wiretest.OK(`{"status":false}`), unexpected},
		"status false with errors": {wiretest.OK(`{"status":false,"errors":{"name":["taken"]}}`), unexpected},
		"success false":            {wiretest.OK(`{"success":false,"message":"no"}`), unexpected},
		"success false with status 200": {
			wiretest.OK(`{"status":200,"success":false,"message":"Device limit exceeded"}`), unexpected,
		},
		"status error":  {wiretest.OK(`{"status":"error"}`), unexpected},
		"error message": {wiretest.OK(`{"error":"Unauthenticated"}`), unexpected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(test.reply)
			device, err := s.Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
			wiretest.AssertSentinels(t, err, test.want...)
			assert.Nil(t, device)
			assert.Len(t, s.Requests(), 1)
			assert.False(t, wiretest.APIError(t, err).Retryable())
		})
	}
}

func TestCreate_retriesIfNothingWasProcessed(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]wiretest.Reply{
		"connection refused": wiretest.Fail(wiretest.ConnectionRefused()),
		"429":                {Status: 429, Body: "<html>"},
		"200 with code 429":  wiretest.OK(`{"code":429}`),
		"400 with code 429":  {Status: 400, Body: `{"code":429}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(reply, reply, reply, wiretest.OK(`{"data":{"id":7}}`))
			device, err := s.Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)

			s = wiretest.NewScript(reply)
			_, err = s.Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
			require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.True(t, wiretest.APIError(t, err).Retryable())
			assert.Len(t, s.Requests(), 4)
		})
	}
}

func TestCreate_canceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			replies []wiretest.Reply
			unknown bool
		}{
			"during the first attempt":         {[]wiretest.Reply{{Stall: true}}, true},
			"during the attempt after a 429":   {[]wiretest.Reply{{Status: 429}, {Stall: true}}, true},
			"after a refused connection":       {[]wiretest.Reply{wiretest.Fail(wiretest.ConnectionRefused()), {Stall: true}}, true},
			"during the wait between attempts": {[]wiretest.Reply{wiretest.RateLimited("10")}, false},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			_, err := wiretest.NewScript(test.replies...).Client(t).Devices.Create(ctx, wiretest.NewDevice)
			require.ErrorIs(t, err, context.Canceled, name)
			if test.unknown {
				require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown, name)
				assert.Contains(t, err.Error(), "POST /devices: outcome unknown: context canceled")
			} else {
				require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown, name)
			}
		}
	})
}
