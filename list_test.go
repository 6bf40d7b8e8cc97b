package whatspie_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestList_readsEveryListForm(t *testing.T) {
	t.Parallel()
	for name, test := range wiretest.Lists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			devices, err := wiretest.NewScript(test.Reply).Client(t).Devices.List(t.Context())
			require.NoError(t, err)
			require.NotNil(t, devices, "an empty list is not nil")
			ids := make([]int64, len(devices))
			for i, device := range devices {
				ids[i] = device.ID
			}
			assert.Equal(t, test.IDs, ids)
		})
	}
}

func TestList_rejectsOtherBodies(t *testing.T) {
	t.Parallel()
	for name, body := range wiretest.NotLists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(body))
			devices, err := s.Client(t, wiretest.NoWaits).Devices.List(t.Context())
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			assert.Nil(t, devices)
			assert.Equal(t, body, string(wiretest.APIError(t, err).Body))
			assert.Equal(t, 200, wiretest.APIError(t, err).StatusCode)
			assert.Len(t, s.Requests(), 1, "a retry would get the same response")
		})
	}
}

// A device of a few bytes of JSON takes several hundred bytes of memory.
func TestList_rejectsTooManyTinyDevices(t *testing.T) {
	t.Parallel()
	for body, tooMany := range map[string]bool{
		strings.Repeat(`{"id":1},`, 9_999) + `{"id":1}`:                                                      false,
		strings.Repeat(`{"id":1},`, 10_000) + `{"id":1}`:                                                     true,
		strings.Repeat(`{"x":1},`, 10_000) + `{"x":1}`:                                                       true,
		strings.Repeat(`{"id":1,"paired_status":"UNPAIRED","phone":"62895101544967"},`, 20_000) + `{"id":1}`: false,
	} {
		devices, err := wiretest.NewScript(wiretest.ListOf(body)).Client(t).Devices.List(t.Context())
		if tooMany {
			wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
			continue
		}
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(devices), 10_000)
	}
}

// An empty body or a message without data may confirm a creation, but it is not a list.
func TestList_rejectsUnclearSuccess(t *testing.T) {
	t.Parallel()
	bodies := []string{
		"", `{"code":200,"message":"OK"}`, `{"message":"OK"}`, `{"status":200,"message":"Maintenance"}`,
	}
	for _, status := range []int{200, 201, 202} {
		for _, body := range bodies {
			s := wiretest.NewScript(wiretest.Reply{Status: status, Body: body})
			_, err := s.Client(t, wiretest.NoWaits).Devices.List(t.Context())
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			_, err = wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
		}
	}
}

// Null is an empty list only if the message is a plain success.
func TestList_rejectsNullWithMessage(t *testing.T) {
	t.Parallel()
	for message, isList := range map[string]bool{
		`"OK"`: true, `"ok."`: true, `"Success"`: true, `""`: true, `null`: true,
		`"Server is restarting"`: false, `"maintenance"`: false, `7`: false,
	} {
		for _, body := range []string{
			`{"status":200,"message":` + message + `,"data":null}`,
			`{"data":null,"message":` + message + `,"status":200}`,
			`{"status":true,"message":` + message + `}`,
		} {
			ids, _, err := listAndAll(t, pager{"": body})
			if isList {
				require.NoError(t, err, body)
				assert.Empty(t, ids)
				continue
			}
			require.Error(t, err, body)
			assert.ErrorIs(t, err, whatspie.ErrUnexpectedResponse, body)
		}
	}
}
