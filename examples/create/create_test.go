package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestCreateOnTheDemoServer(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.Setting{})
	assert.Equal(t, 0, got.Code)
	assert.Equal(t, "created device 1\n", got.Stdout)
	assert.Contains(t, got.Stderr, "built-in demo server")
	assert.Contains(t, got.Stderr, "WHATSPIE_API_TOKEN")
}

func TestCreateSaysWhatHelps(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts  []whatspietest.Option
		fault *whatspietest.Fault
		args  []string
		code  int
		want  string
	}{
		"bad package": {
			args: []string{"-package", "NOPE"}, code: 1,
			want: "The server does not know this package. The catalogue: BETA (Beta Tester), STARTER60K (Starter), STARTUP240K (Startup), BUSINESS (Business).\n",
		},
		"device limit": {
			opts: []whatspietest.Option{whatspietest.WithDeviceLimit(0)}, args: []string{"-name", "x"}, code: 1,
			want: "The plan allows no more devices. The server says: Maximum number of devices reached for your plan\n",
		},
		"bad token": {
			opts: []whatspietest.Option{whatspietest.WithToken("another")}, args: []string{"-name", "x"}, code: 1,
			want: "The token was refused. It is taken from WHATSPIE_API_TOKEN: compare that with the API token of your account.\n",
		},
		"forbidden": {
			fault: &whatspietest.Fault{Body: `{"code":403,"message":"Forbidden"}`}, args: []string{"-name", "x"}, code: 1,
			want: "The account or its subscription does not allow this. The server says: Forbidden\n",
		},
		"nothing said": {code: 2, want: "usage: which device? Give -name and -package: it costs money\n"},
		"unknown flag": {args: []string{"-nope"}, code: 2, want: "usage: flag provided but not defined: -nope\n"},
		"argument":     {args: []string{"nope"}, code: 2, want: "usage: unexpected argument \"nope\"\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(test.opts...)
			defer srv.Close()
			if test.fault != nil {
				srv.Inject(*test.fault)
			}
			got := demotest.Run(t.Context(), t, run, demotest.Setting{URL: srv.URL, Token: "whatspietest-token"}, test.args...)
			assert.Equal(t, test.code, got.Code)
			assert.Empty(t, got.Stdout)
			assert.Contains(t, got.Stderr, test.want)
		})
	}
}
