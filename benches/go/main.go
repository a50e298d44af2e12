// Measures runtime/pprof.Do, with the garbage collector's part.
package main

import (
	"context"
	"peers/measured"
	"runtime/pprof"
)

var route = "/orders"
var tenant = "acme"
var sink string

//go:noinline
func work(route string) {
	sink = route
}

func plain(ctx context.Context) {
	work(route)
}

func one(ctx context.Context) {
	pprof.Do(ctx, pprof.Labels("route", route), func(context.Context) { work(route) })
}

func two(ctx context.Context) {
	pprof.Do(ctx, pprof.Labels("route", route, "tenant", tenant), func(context.Context) { work(route) })
}

func main() {
	round := func(call func(context.Context)) func() float64 {
		return func() float64 { return measured.Round(call) }
	}
	measured.Answer(map[string]func() float64{"plain": round(plain), "one": round(one), "two": round(two)})
}
