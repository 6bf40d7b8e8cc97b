package whatspie_test

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
)

func TestCreateAcceptsEveryShapeOfSuccess(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"a device":         {status: 200, body: `{"status":200,"message":"OK","data":{"id":7,"status":"ACTIVE"}}`},
		"just an ID":       {status: 200, body: `{"status":200,"message":"OK","data":{"id":7}}`},
		"an ID in words":   {status: 200, body: `{"status":"200","data":{"id":"7"}}`},
		"an array of one":  {status: 200, body: `{"status":200,"data":[{"id":7}]}`},
		"a bare device":    {status: 200, body: `{"id":7,"phone":null,"status":"ACTIVE"}`},
		"a bare array":     {status: 200, body: `[{"id":7}]`},
		"201":              {status: 201, body: `{"status":201,"message":"Created","data":{"id":7}}`},
		"201, bare":        {status: 201, body: `{"id":7}`},
		"202":              {status: 202, body: `{"data":{"id":7}}`},
		"with a QR code":   {status: 200, body: `{"data":{"id":7,"qr":"data:image/png;base64,AA==","status":"ACTIVE","phone":""}}`},
		"code for status":  {status: 200, body: `{"code":200,"message":"OK","data":{"id":7}}`},
		"null error":       {status: 200, body: `{"code":201,"error":null,"data":{"id":7}}`},
		"false for errors": {status: 200, body: `{"status":true,"error":false,"data":{"id":7}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(answer)
			device, err := s.client(t).Devices.Create(t.Context(), newDevice)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)
			assert.Len(t, s.requests(), 1)
		})
	}
}

func TestCreateWithoutADeviceIsUnidentified(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"201 empty":          {status: 201},
		"202 empty":          {status: 202},
		"204":                {status: 204},
		"status and message": {status: 200, body: `{"status":200,"message":"Device created"}`},
		"201 message":        {status: 201, body: `{"message":"Device created"}`},
		"words, no number":   {status: 200, body: `{"success":true,"message":"Device created"}`},
		"null":               {status: 200, body: `{"status":200,"data":null}`},
		"empty object":       {status: 200, body: `{"status":200,"data":{}}`},
		"empty list":         {status: 200, body: `{"status":201,"data":[]}`},
		"two":                {status: 200, body: `{"status":201,"data":[{"id":7},{"id":8}]}`},
		"ID zero":            {status: 201, body: `{"data":{"id":0}}`},
		"words":              {status: 201, body: `{"data":"created"}`},
		"just a QR code":     {status: 200, body: `{"status":200,"data":{"qr":"x","status":"UNPAIRED"}}`},
		"bare empty object":  {status: 201, body: `{}`},
		"bare empty list":    {status: 201, body: `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(answer)
			device, err := s.client(t, atOnce).Devices.Create(t.Context(), newDevice)
			assertOnly(t, err, whatspie.ErrDeviceUnidentified)
			assert.Nil(t, device)
			assert.Len(t, s.requests(), 1, "a second request would make a second device")
			assert.False(t, apiError(t, err).Retryable())
			assert.Equal(t, answer.status, apiError(t, err).StatusCode)
			assert.Contains(t, err.Error(), "device created, but not identified in the response")
			assert.NotContains(t, err.Error(), "outcome unknown")
		})
	}
}

func TestAmbiguousCreationsAreOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"500":                     {status: 500, body: `{"code":500,"message":"x"}`},
		"502 HTML":                {status: 502, body: "<html>"},
		"503":                     {status: 503},
		"504 and Retry-After":     {status: 504, header: http.Header{"Retry-After": {"1"}}},
		"408":                     {status: 408},
		"502 with a 4xx inside":   {status: 502, body: `{"code":400}`},
		"500 with a 429 inside":   {status: 500, body: `{"code":429}`},
		"502 with a 429 inside":   {status: 502, body: `{"code":429}`},
		"408 with a 429 inside":   {status: 408, body: `{"code":429}`},
		"429 with a 500 inside":   {status: 429, body: `{"code":500}`},
		"500 in the body":         ok(`{"code":500,"message":"x"}`),
		"reset":                   fails(reset()),
		"closed":                  fails(io.EOF),
		"timeout":                 {stall: true},
		"200 HTML":                ok("<html>login</html>"),
		"200 empty":               ok(""),
		"200 truncated":           ok(`{"status":200,"data":{"id":`),
		"200 message":             ok(`{"message":"Unauthenticated."}`),
		"200 code":                ok(`{"code":200,"message":"Account suspended"}`),
		"200 code of its own":     ok(`{"code":1001,"message":"Unauthorized"}`),
		"200 cut":                 {status: 200, body: `{"status":200`, cut: true},
		"201 HTML":                {status: 201, body: "<html>"},
		"200 too large":           ok(`{"data":{"id":7},"x":"` + string(make([]byte, 300)) + `"}`),
		"302":                     redirectTo(302, "/devices"),
		"304":                     {status: 304},
		"a Location like none":    redirectTo(302, "http://[::1"),
		"just words":              ok(`"OK"`),
		"null":                    ok(`null`),
		"201 and an error":        {status: 201, body: `{"status":201,"message":"Device created","error":"QR code generation failed"}`},
		"201 and a 4xx inside":    {status: 201, body: `{"code":403}`},
		"200 and an error":        ok(`{"status":200,"data":null,"error":"no webhook"}`),
		"a device and an error":   ok(`{"status":"error","message":"no QR","data":{"id":77}}`),
		"201 with a 429 inside":   {status: 201, body: `{"code":429,"data":{"id":7}}`},
		"303 with a 429 inside":   {status: 303, body: `{"code":429}`},
		"a device and a 429":      ok(`{"code":429,"data":[{"id":7}]}`),
		"a device and a no":       ok(`{"success":false,"id":7,"name":"x"}`),
		"a device within, a no":   ok(`{"status":false,"data":{"device":{"id":7}}}`),
		"429 and a device":        {status: 429, body: `{"status":200,"data":{"id":7}}`},
		"429 and a bare device":   {status: 429, body: `{"id":7}`},
		"429 and a success":       {status: 429, body: `{"status":200,"message":"OK"}`},
		"400 and a device":        {status: 400, body: `{"data":[{"id":7}]}`},
		"200 and a 429":           ok(`{"status":200,"status":429}`),
		"a 429 and two codes":     ok(`{"code":200,"code":429}`),
		"a no and another device": ok(`{"success":false,"device":{"id":7}}`),
		"yes and no":              ok(`{"status":"success","success":false}`),
		"dial-like, but too late": fails(http.ErrServerClosed),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := scriptOf(answer, ok(`{"data":{"id":8}}`))
				device, err := s.client(t, whatspie.WithMaxResponseBytes(200)).Devices.Create(t.Context(), newDevice)
				assertOnly(t, err, whatspie.ErrOutcomeUnknown)
				assert.Nil(t, device)
				assert.Equal(t, answer.status, apiError(t, err).StatusCode)
				assert.Len(t, s.requests(), 1, "never sent twice")
				assert.Equal(t, 1, apiError(t, err).Attempts)
				assert.False(t, apiError(t, err).Retryable())
				assert.Regexp(t, `^whatspie: POST /devices: outcome unknown: .+ \(1 attempt`, err.Error())
			})
		})
	}
}

// A caller's transport may trace a request without a connection, and then return a dial error.
func TestWrittenHeadersMayHaveArrived(t *testing.T) {
	t.Parallel()
	requests := 0
	own := roundTripper(func(request *http.Request) (*http.Response, error) {
		requests++
		trace := httptrace.ContextClientTrace(request.Context())
		trace.GetConn("")
		trace.WroteHeaders()
		return nil, refusedDial()
	})
	_, err := newClient(t, atOnce, through(own)).Devices.Create(t.Context(), newDevice)
	assertOnly(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, 1, requests)
}

func TestRefusedCreationsAreDefinite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer reply
		want   []error
	}{
		"400":             {reply{status: 400, body: fixture(t, "create_device_invalid_package_400.json")}, []error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest}},
		"401":             {reply{status: 401, body: fixture(t, "unauthorized_401.json")}, []error{whatspie.ErrUnauthorized}},
		"403":             {reply{status: 403, body: fixture(t, "create_device_limit_reached_403.json")}, []error{whatspie.ErrDeviceLimit, whatspie.ErrForbidden}},
		"403 HTML":        {reply{status: 403, body: "<html>"}, []error{whatspie.ErrForbidden}},
		"404":             {reply{status: 404}, []error{whatspie.ErrNotFound}},
		"422":             {reply{status: 422, body: `{"message":"The name is taken.","errors":{}}`}, []error{whatspie.ErrBadRequest}},
		"422 cut":         {reply{status: 422, body: `{"mess`, cut: true}, []error{whatspie.ErrBadRequest}},
		"400 in the body": {ok(`{"code":400,"message":"Invalid package type"}`), []error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest}},
		"status false":    {ok(`{"status":false}`), []error{whatspie.ErrUnexpectedResponse}},
		"status false and why": {
			ok(`{"status":false,"errors":{"name":["taken"]}}`), []error{whatspie.ErrUnexpectedResponse},
		},
		"success false": {ok(`{"success":false,"message":"no"}`), []error{whatspie.ErrUnexpectedResponse}},
		"success false beside 200": {
			ok(`{"status":200,"success":false,"message":"Device limit exceeded"}`), []error{whatspie.ErrUnexpectedResponse},
		},
		"status error": {ok(`{"status":"error"}`), []error{whatspie.ErrUnexpectedResponse}},
		"error prose":  {ok(`{"error":"Unauthenticated"}`), []error{whatspie.ErrUnexpectedResponse}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(test.answer)
			device, err := s.client(t, atOnce).Devices.Create(t.Context(), newDevice)
			assertOnly(t, err, test.want...)
			assert.Nil(t, device)
			assert.Len(t, s.requests(), 1)
			assert.False(t, apiError(t, err).Retryable())
		})
	}
}

func TestCreationsThatCannotHaveArrivedAreSentAgain(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]reply{
		"refused dial":    fails(refusedDial()),
		"429":             {status: 429, body: "<html>"},
		"429 in the body": ok(`{"code":429}`),
		"400, 429 inside": {status: 400, body: `{"code":429}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(failure, failure, failure, ok(`{"data":{"id":7}}`))
			device, err := s.client(t, atOnce).Devices.Create(t.Context(), newDevice)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)

			s = scriptOf(failure)
			_, err = s.client(t, atOnce).Devices.Create(t.Context(), newDevice)
			require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.True(t, apiError(t, err).Retryable())
			assert.Len(t, s.requests(), 4)
		})
	}
}

func TestACancelledCreation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			replies []reply
			unknown bool
		}{
			"under way":                       {[]reply{{stall: true}}, true},
			"under way, after a refusal":      {[]reply{{status: 429}, {stall: true}}, true},
			"under way, after a refused dial": {[]reply{fails(refusedDial()), {stall: true}}, true},
			"while it waits":                  {[]reply{asking("10")}, false},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			_, err := scriptOf(test.replies...).client(t).Devices.Create(ctx, newDevice)
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
