package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun_invalidArguments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"-bogus"}, "flag provided but not defined: -bogus"},
		{"unexpected argument", []string{"serve"}, `unexpected argument "serve"`},
		{"empty token", []string{"-token", ""}, "-token is empty"},
		{"negative lifetime", []string{"-qr-lifetime", "-1s"}, "-qr-lifetime -1s is negative"},
		{"lifetime without unit", []string{"-qr-lifetime", "5"}, `invalid value "5" for flag -qr-lifetime`},
		{"limit is not a number", []string{"-limit", "many"}, `invalid value "many" for flag -limit`},
		{"address without port", []string{"-addr", "9090"}, "-addr: address 9090: missing port"},
		{"control without port", []string{"-control", "9091"}, "-control: address 9091: missing port"},
		{"empty name in seed", []string{"-seed", "a,,b"}, `-seed "a,,b" has an empty name`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			assert.Equal(t, 2, run(t.Context(), test.args, &stdout, &stderr))
			assert.Empty(t, stdout.String())
			assert.Equal(t, 1, strings.Count(stderr.String(), test.want), stderr.String())
			assert.Equal(t, 2, strings.Count(stderr.String(), "\n"))
		})
	}
}

func TestRun_help(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 0, run(t.Context(), []string{"-h"}, &stdout, &stderr))
	assert.Empty(t, stderr.String())
	for _, want := range []string{
		"-addr", "-token", "-limit", "-seed", "-qr-lifetime", "-qr-rotation", "-control",
		"/scan", "/expire", "/suspend", "/disconnect", "DELETE /devices/{id}",
		"POST   /faults", "DELETE /faults", "GET    /requests",
	} {
		assert.Contains(t, stdout.String(), want)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want func(*settings)
	}{
		{"defaults", nil, func(*settings) {}},
		{"token", []string{"-token", "from-flag"}, func(s *settings) { s.token = "from-flag" }},
		{"control without host", []string{"-control", ":8"}, func(s *settings) { s.control = "127.0.0.1:8" }},
		{"control with host", []string{"-control", "0.0.0.0:8"}, func(s *settings) { s.control = "0.0.0.0:8" }},
		{"no control", []string{"-control", ""}, func(s *settings) { s.control = "" }},
		{"address without host", []string{"-addr", ":8"}, func(s *settings) { s.addr = ":8" }},
		{"seed", []string{"-seed", "a, b c"}, func(s *settings) { s.seed = []string{"a", "b c"} }},
		{"other flags", []string{"-limit", "0", "-qr-lifetime", "5s", "-qr-rotation"}, func(s *settings) {
			s.limit, s.lifetime, s.rotation = 0, 5*time.Second, true
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := settings{
				addr: "127.0.0.1:9090", control: "127.0.0.1:9091", token: "whatspietest-token", limit: -1,
				shutdownTimeout: 3 * time.Second,
			}
			test.want(&want)
			got, err := parse(test.args)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}
