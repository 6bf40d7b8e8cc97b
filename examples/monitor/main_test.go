package main

import (
	"testing"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }
