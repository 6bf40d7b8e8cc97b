package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestCreate_withFake(t *testing.T) {
	t.Parallel()
	got := demotest.Exec(t, nil)
	assert.Equal(t, 0, got.Code)
	assert.Equal(t, "created device 4\n", got.Stdout)
	assert.Contains(t, got.Stderr, "a fake of the API")
	assert.Contains(t, got.Stderr, "WHATSPIE_API_TOKEN")
}

func TestCreate(t *testing.T) {
	t.Parallel()
	device := []string{"-name", "x", "-package", "BETA"}
	tests := map[string]struct {
		opts  []whatspietest.Option
		fault *whatspietest.Fault
		args  []string
		code  int
		want  string
	}{
		"valid":        {args: device, code: 0},
		"bad package":  {args: []string{"-name", "x", "-package", "NOPE"}, code: 1, want: "The documented packages are BETA, STARTER60K, STARTUP240K, BUSINESS.\n"},
		"device limit": {opts: []whatspietest.Option{whatspietest.WithDeviceLimit(0)}, args: device, code: 1, want: "The account has reached its device limit.\n"},
		"forbidden":    {fault: &whatspietest.Fault{Body: `{"code":403,"message":"Forbidden"}`}, args: device, code: 1, want: "Forbidden"},
		"no flags":     {code: 2, want: "create needs -package and -name, and takes no arguments."},
		"no package":   {args: []string{"-name", "x"}, code: 2, want: "create needs -package and -name, and takes no arguments."},
		"no name":      {args: []string{"-package", "BETA"}, code: 2, want: "create needs -package and -name, and takes no arguments."},
		"unknown flag": {args: []string{"-nope"}, code: 2, want: "not defined: -nope\n"},
		"argument":     {args: []string{"-name", "x", "-package", "BETA", "nope"}, code: 2, want: "create needs -package and -name, and takes no arguments."},
		"help":         {args: []string{"-h"}, code: 0, want: "create creates a device, which costs money."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(test.opts...)
			defer srv.Close()
			if test.fault != nil {
				srv.Inject(*test.fault)
			}
			got := demotest.Exec(t, demotest.Account(srv), test.args...)
			assert.Equal(t, test.code, got.Code)
			assert.Equal(t, name == "valid", got.Stdout == "created device 1\n")
			assert.Contains(t, got.Stderr, test.want)
		})
	}
}
