"""The commonest mistakes, as a table: what somebody writes, and what the answer must name beside the remedy.

What ``test_bad_input`` has row by row, wrong values and shapes of everything, is not repeated here.
"""

import inspect
import math
import pickle
from pathlib import Path

import attrs
import numpy as np
import pytest
from scipy import sparse

import netframe as nf
from netframe import analysis, plotting, testing
from netframe.errors import MissingAttribute, brief, suggestion

RNG = np.random.default_rng(1)
WEIGHTS = np.arange(12.0).reshape(4, 3)
FFE = nf.ConstantInput("FFE", rates=np.array([10.0, 20.0, 30.0]))
E = nf.LeakyRate("E", size=4)
SYNAPSE = nf.ReversalSynapse(FFE, E, weights=WEIGHTS, g=1e-5)
NET = nf.Network("net", [FFE, E, SYNAPSE])
SOL = nf.simulate(NET, 0.01, save_at=5)
ONLY_V = nf.simulate(NET, 0.01, save_at=5, record=["E.v"])
PATTERNS = nf.ConstantInput("FFE", rates=np.ones((2, 3)))
TWO = nf.simulate(nf.Network("two", [PATTERNS, E]), 0.01, save_at=2)
LABELLED = TWO.with_coordinates({"batch": {"angle": [1.0, 2.0], "side": ["l", "r"]}})
FILES = Path(__file__).parent / "no_such_folder"


def cells(**options):
    return nf.LeakyRate("E", **({"size": 4} | options))


def synapse(**options):
    return nf.ReversalSynapse(FFE, E, **({"weights": WEIGHTS, "g": 1e-5} | options))


def run(duration=0.01, **options):
    return nf.simulate(NET, duration, **options)


def assign(owner, name, value):
    setattr(owner, name, value)


def put(owner, path, value):
    owner[path] = value


def kind(**hooks):
    """A cell type of a beginner, with the hooks given."""

    @nf.component
    class Cell(nf.Population):
        tau: nf.Param = nf.parameter(0.1, unit="s", validator=nf.positive, doc="time constant")
        v = nf.state(unit="mV", doc="voltage")

        def rate(self, t, s):
            return s.v

        def derivatives(self, t, s, inputs):
            return {"v": (inputs.current - s.v) / self.tau}

    return nf.component(type("Cell", (Cell,), hooks))


def in_cell(integrator=None, **hooks):
    return lambda: nf.simulate(nf.Network("n", [kind(**hooks)("P", size=4)]), 0.01, integrator=integrator)


class Quantity:
    """What looks like a quantity of pint that is no time."""

    magnitude = 20.0

    def to(self, unit):
        raise ValueError(f"Cannot convert from 'millivolt' to '{unit}'")

    def __str__(self):
        return "20 millivolt"


#: What somebody writes, the exception, and words of its message: the offending name, what was given, the remedy.
MISTAKES = {
    # The first program.
    "a class that is misspelt": (
        lambda: nf.LeakyRates("E", size=3),
        AttributeError,
        "'LeakyRates'",
        "mean 'LeakyRate'",
    ),
    "a function in capitals": (lambda: nf.Simulate(NET, 1.0), AttributeError, "'Simulate'", "'simulate'"),
    "a measure that is misspelt": (lambda: nf.analysis.sparsty, AttributeError, "'sparsty'", "'sparsity'"),
    "a picture that is misspelt": (lambda: nf.plotting.plot_heatmp, AttributeError, "'plot_heatmp'", "'plot_heatmap'"),
    "the abstract class": (
        lambda: nf.Population("E", size=3),
        nf.DeclarationError,
        *("Population", "abstract", "derivatives, rate", "LeakyRate"),
    ),
    "n for size": (lambda: nf.LeakyRate("E", n=4), nf.UnknownNameError, "LeakyRate", "'n'", "mean 'size'"),
    "a size as float": (lambda: cells(size=4.0), nf.ParameterError, "'E'", "size is 4.0", "whole number"),
    "a parameter of the activation": (
        lambda: cells(threshold=-50.0),
        nf.UnknownNameError,
        *("LeakyRate", "'threshold'", "activation=ClippedLinear(threshold=...)"),
    ),
    "an activation as a class": (
        lambda: cells(activation=nf.Sigmoid),
        nf.ParameterError,
        *("activation", "the class Sigmoid", "no object", "ClippedLinear()"),
    ),
    "an activation as a function": (lambda: cells(activation=np.tanh), nf.ParameterError, "activation", "tanh"),
    "mV where s is wanted": (lambda: cells(tau=Quantity()), nf.ParameterError, "tau", "20 millivolt", "in s"),
    "a truth value for a number": (
        lambda: cells(tau=True),
        nf.ParameterError,
        *("LeakyRate 'E'", "tau is True", "number in s"),
    ),
    "truth values for numbers": (
        lambda: cells(tau=[0.1, True, False, 0.2]),
        nf.ParameterError,
        *("tau has truth values", "numbers in s"),
    ),
    "a truth value for weights": (lambda: synapse(weights=True), nf.ParameterError, "weights is True", "number"),
    "rate for rates": (
        lambda: nf.ConstantInput("F", rate=[5.0]),
        nf.UnknownNameError,
        *("ConstantInput", "'rate'", "mean 'rates'"),
    ),
    "the size of a constant input": (
        lambda: nf.ConstantInput("F", rates=[5.0], size=1),
        nf.UnknownNameError,
        *("'size'", "follows", "leave it out"),
    ),
    "a single pattern": (
        lambda: nf.PatternSequence("P", patterns=np.ones(5), duration=0.1),
        nf.ParameterError,
        *("PatternSequence 'P'", "(5,)", "(..., n_patterns, n)", "patterns=[rates]"),
    ),
    "a recording transposed": (
        lambda: nf.SampledInput("R", times=np.linspace(0.0, 1.0, 11), rates=np.ones((3, 11))),
        nf.ParameterError,
        *("SampledInput 'R'", "(3, 11)", "(11, ..., size)", "transpose"),
    ),
    "a generator as the seed of noise": (
        lambda: nf.OrnsteinUhlenbeckInput("N", size=1, mean=1.0, sd=1.0, tau=0.1, dt=0.1, duration=1.0, seed=RNG),
        nf.ParameterError,
        *("seed is Generator(PCG64)", "whole number"),
    ),
    # Connections.
    "populations by name": (
        lambda: nf.ReversalSynapse("FFE", "E", weights=WEIGHTS, g=1e-5),
        nf.ParameterError,
        *("pre is 'FFE'", "population or an input", "network['FFE']"),
    ),
    "a class in place of a population": (
        lambda: nf.ReversalSynapse(nf.LeakyRate, E, weights=1.0, g=1e-5),
        nf.ParameterError,
        *("pre is the class LeakyRate", "no object"),
    ),
    "post before pre": (
        lambda: nf.ReversalSynapse(E, FFE, weights=WEIGHTS.T, g=1e-5),
        nf.ParameterError,
        *("ConstantInput 'FFE'", "'current'", "swap pre and post"),
    ),
    "weights by position": (
        lambda: nf.ReversalSynapse(FFE, E, WEIGHTS, g=1e-5),
        nf.ParameterError,
        *("ReversalSynapse", "positional", "weights=, g= by name"),
    ),
    "no g": (lambda: nf.ReversalSynapse(FFE, E, weights=1.0), nf.ParameterError, "'g'", "weights=, g= by name"),
    "w for weights": (lambda: nf.ReversalSynapse(FFE, E, w=1.0, g=1.0), nf.UnknownNameError, "'w'", "mean 'weights'"),
    "a rule that was not called": (
        lambda: synapse(weights=nf.all_to_all),
        nf.ParameterError,
        *("'FFE_to_E'", "weights is the function all_to_all", "nf.all_to_all(pre, post, nf.uniform(0, 1), rng)"),
    ),
    "a distribution as weights": (
        lambda: synapse(weights=nf.uniform(0.0, 1.0)),
        nf.ParameterError,
        *("weights is uniform(low=0.0, high=1.0)", "nf.all_to_all("),
    ),
    "a rule from post to pre": (
        lambda: synapse(weights=nf.all_to_all(E, FFE, nf.uniform(0.0, 1.0), RNG)),
        nf.ParameterError,
        *("'FFE_to_E'", "(3, 4)", "(4, 3)", "transpose"),
    ),
    "a mask of another shape": (
        lambda: nf.Masked(WEIGHTS, np.ones((3, 4), bool)),
        nf.ParameterError,
        *("Masked", "(4, 3)", "(3, 4)", "transpose"),
    ),
    "a mask of numbers": (
        lambda: nf.Masked(WEIGHTS, np.ones((4, 3))),
        nf.ParameterError,
        *("mask", "float64", "truth values", "mask != 0"),
    ),
    "a member by its label": (
        lambda: nf.Network("two", [PATTERNS, E]).members(1.0),
        nf.ParameterError,
        *("Network 'two'", "members is 1.0", "shape (2,)", "a tuple with one whole number", "Write members(0)"),
    ),
    "a member that is not there": (
        lambda: nf.Network("two", [PATTERNS, E]).members(2),
        nf.ParameterError,
        *("members is (2,)", "shape (2,)", "0 to 1"),
    ),
    "members in a list": (
        lambda: nf.Network("two", [PATTERNS, E]).members([0, 1]),
        nf.ParameterError,
        *("members is [0, 1]", "or an array of them, for each batch axis"),
    ),
    "a member of no batch": (lambda: NET.members(0), nf.ParameterError, *("members is 0", "There is no batch")),
    "no generator": (
        lambda: nf.all_to_all(FFE, E, nf.uniform(0.0, 1.0)),
        nf.ParameterError,
        *("all_to_all", "rng is None", "np.random.default_rng(seed)"),
    ),
    "no generator after a probability": (
        lambda: nf.fixed_probability(FFE, E, 0.1, nf.uniform(0.0, 1.0)),
        nf.ParameterError,
        *("fixed_probability", "'rng'", "np.random.default_rng(1)"),
    ),
    "a number in place of a generator": (
        lambda: nf.all_to_all(FFE, E, nf.uniform(0.0, 1.0), 42),
        nf.ParameterError,
        *("rng is 42", "Generator", "default_rng"),
    ),
    "the module of random numbers": (
        lambda: nf.all_to_all(FFE, E, nf.uniform(0.0, 1.0), np.random),
        nf.ParameterError,
        *("rng is the module numpy.random", "default_rng"),
    ),
    "seed for rng": (
        lambda: nf.all_to_all(FFE, E, nf.uniform(0.0, 1.0), seed=3),
        nf.UnknownNameError,
        *("all_to_all", "'seed'", "mean 'rng'"),
    ),
    "p for probability": (
        lambda: nf.fixed_probability(FFE, E, p=0.1, weights=nf.constant(1.0), rng=RNG),
        nf.UnknownNameError,
        *("fixed_probability", "'p'", "mean 'probability'"),
    ),
    "per cent for probability": (
        lambda: nf.fixed_probability(FFE, E, 10, nf.constant(1.0), RNG),
        nf.ParameterError,
        *("probability is 10", "between 0 and 1"),
    ),
    "more synapses than cells": (
        lambda: nf.fixed_in_degree(FFE, E, 10, nf.constant(1.0), RNG),
        nf.ParameterError,
        *("degree is 10", "3 presynaptic", "between 0 and 3"),
    ),
    "a number in place of a distribution": (
        lambda: nf.all_to_all(FFE, E, 0.5, RNG),
        nf.ParameterError,
        *("weights is 0.5", "constant(0.5)"),
    ),
    "mu for mean": (lambda: nf.normal(mu=1.0, sd=0.1), nf.UnknownNameError, "normal", "'mu'", "mean 'mean'"),
    # Networks.
    "components without a list": (
        lambda: nf.Network("n", FFE, E, SYNAPSE),
        nf.ParameterError,
        *("Network", "positional", "name, components"),
    ),
    "components in a dictionary": (
        lambda: nf.Network("n", {"E": E}),
        nf.ParameterError,
        *("components is {'E'", "list(components.values())"),
    ),
    "a list in the list": (
        lambda: nf.Network("n", [FFE, [E, SYNAPSE]]),
        nf.ParameterError,
        *("[LeakyRate 'E', ReversalSynapse 'FFE_to_E']", "take them out"),
    ),
    "a population that was left out": (
        lambda: nf.Network("n", [FFE, SYNAPSE]),
        nf.WiringError,
        *("'FFE_to_E'", "LeakyRate 'E'", "Add it"),
    ),
    "a network in itself": (
        lambda: nf.Network("net", [NET, NET]),
        nf.ParameterError,
        *("Network 'net'", "twice", ".copy('net_2')"),
    ),
    "a copy without a name": (lambda: NET.copy(), nf.ParameterError, "copy", "'name'", "It takes name"),
    "a component as an attribute": (lambda: NET.E, AttributeError, "Network 'net'", "'E'", "network['E']"),
    "a value through an attribute": (
        lambda: assign(NET.E, "tau", 0.1),
        AttributeError,
        *("Network 'net'", "'E'", "network['E']"),
    ),
    "a value in place": (
        lambda: assign(NET["E"], "tau", 0.1),
        nf.ImmutableError,
        *("LeakyRate 'E'", "'tau'", ".replace(tau=...)", "with_parameters({'E.tau': ...})"),
    ),
    "a value by path": (
        lambda: put(NET, "E.tau", 0.1),
        nf.ImmutableError,
        *("'net'", "'E.tau'", "with_parameters({'E.tau': ...})"),
    ),
    "a parameter through net[...]": (lambda: NET["E.tau"], nf.UnknownNameError, "'E.tau'", "network['E'].tau"),
    "a parameter that is misspelt": (lambda: NET["E"].tua, AttributeError, "LeakyRate 'E'", "'tua'", "mean 'tau'"),
    "a threshold asked of the cell": (
        lambda: NET["E"].threshold,
        AttributeError,
        "'threshold'",
        ".activation.threshold",
    ),
    "a voltage asked of the cell": (lambda: NET["E"].v * 2.0, nf.HookError, "'v'", "no value", "sol['E.v']"),
    "changes by keyword": (
        lambda: NET.with_parameters(tau=0.1),
        nf.UnknownNameError,
        "with_parameters",
        "'tau'",
        "'values'",
    ),
    "changes that are nested": (
        lambda: NET.with_parameters({"E": {"tau": 0.1}}),
        nf.UnknownNameError,
        *("'E'", "{'tau': 0.1}", "'E.'", "'tau'"),
    ),
    "changes without values": (
        lambda: NET.with_parameters({"E.tau"}),
        nf.ParameterError,
        *("{'E.tau'}", "dictionary", "{'E.tau': 0.1}"),
    ),
    "adding to a network": (lambda: NET.add(E), AttributeError, "'add'", "[*network.components, ...]"),
    "running a network": (lambda: NET.run(1.0), AttributeError, "'run'", "nf.simulate(network, duration)"),
    "saving a network": (lambda: NET.save("n.toml"), AttributeError, "'save'", "nf.save_network("),
    # Runs.
    "a step given to simulate": (
        lambda: run(dt=1e-3),
        nf.UnknownNameError,
        *("simulate", "'dt'", "integrator=nf.FixedStepIntegrator('rk4', dt=...)"),
    ),
    "a method given to simulate": (lambda: run(method="LSODA"), nf.UnknownNameError, "'method'", "nf.ScipyIntegrator("),
    "a tolerance given to simulate": (
        lambda: run(rtol=1e-8),
        nf.UnknownNameError,
        *("'rtol'", "integrator=nf.RungeKuttaIntegrator(rtol=...)"),
    ),
    "t_eval for save_at": (lambda: run(t_eval=[0.0]), nf.UnknownNameError, "'t_eval'", "mean 'save_at'"),
    "no duration": (lambda: nf.simulate(NET), nf.ParameterError, "simulate", "'duration'", "1.0, in s"),
    "a pair of times as duration": (lambda: run((0.0, 1.0)), nf.ParameterError, "(0.0, 1.0)", "t1 - t0", "t0=..."),
    "a list in place of a network": (
        lambda: nf.simulate([FFE, E, SYNAPSE], 1.0),
        nf.ParameterError,
        *("[ConstantInput 'FFE', LeakyRate 'E'", "nf.Network(name, [...])"),
    ),
    "a step as save_at": (
        lambda: run(1.0, save_at=0.001),
        nf.ParameterError,
        *("save_at is 0.001", "np.arange(0, 1, 0.001)"),
    ),
    "a method in small letters": (
        lambda: run(integrator="rk45"),
        nf.ParameterError,
        *("'rk45'", "nf.ScipyIntegrator('RK45')"),
    ),
    "a method of another integrator": (
        lambda: nf.RungeKuttaIntegrator("RK45"),
        nf.ParameterError,
        *("RungeKuttaIntegrator", "'RK45'", "mean 'Dopri5'"),
    ),
    "methods by name to compare": (
        lambda: nf.compare_integrators(NET, 0.1, ["LSODA"]),
        nf.ParameterError,
        *("compare_integrators", "'LSODA'", "nf.ScipyIntegrator('LSODA')"),
    ),
    "a class to compare": (
        lambda: nf.compare_integrators(NET, 0.1, [nf.ScipyIntegrator]),
        nf.ParameterError,
        *("the class ScipyIntegrator", "ScipyIntegrator()"),
    ),
    "a number of paths to compare": (
        lambda: nf.compare_integrators(NET, 0.1, paths=5),
        nf.ParameterError,
        *("compare_integrators 'net'", "paths is 5", "['E.v', 'E.rate']"),
    ),
    "every step compared": (
        lambda: nf.compare_integrators(NET, 0.1, save_at=None),
        nf.ParameterError,
        *("compare_integrators", "save_at is None", "number of times"),
    ),
    "a wall time in words": (
        lambda: nf.compare_integrators(NET, 0.1, max_wall_time="1 min"),
        nf.ParameterError,
        *("max_wall_time is '1 min'", "positive number, in s"),
    ),
    "h for dt": (lambda: nf.FixedStepIntegrator("rk4", h=1e-3), nf.UnknownNameError, "'h'", "mean 'dt'"),
    "a tolerance of 2": (lambda: nf.RungeKuttaIntegrator(rtol=2.0), nf.ParameterError, "rtol is 2", "below 1", "1e-6"),
    "a misspelt word for batch": (lambda: run(batch="seperate"), nf.ParameterError, "'seperate'", "mean 'separate'"),
    "recording a component": (lambda: run(record=["E"]), nf.UnknownNameError, "record", "'E'", "mean 'E.v'"),
    "a start of a component": (lambda: run(y0={"E": -60.0}), nf.UnknownNameError, "'E'", "mean 'E.v'"),
    "a start without its component": (lambda: run(y0={"v": -60.0}), nf.UnknownNameError, "'v'", "mean 'E.v'"),
    "states by path to rhs": (
        lambda: NET.rhs(0.0, {"E.v": 0.0}),
        nf.ParameterError,
        *("{'E.v': 0.0}", "8 states", "initial_state({'E.v': 0.0})"),
    ),
    "a state too short for the Jacobian": (
        lambda: NET.jacobian(0.0, np.ones(3)),
        nf.ParameterError,
        *("jacobian 'net'", "(3,)", "8 states"),
    ),
    "guesses below zero": (
        lambda: nf.fixed_points(NET, -1),
        nf.ParameterError,
        "fixed_points",
        "guesses is -1",
        "number",
    ),
    # Results.
    "a component of a solution": (lambda: SOL["E"], nf.UnknownNameError, "'E'", "'E.v', 'E.rate'"),
    "a state without its component": (lambda: SOL["v"], nf.UnknownNameError, "'v'", "mean 'E.v'"),
    "component and state apart": (lambda: SOL["E", "v"], nf.UnknownNameError, "('E', 'v')", "mean 'E.v'"),
    "a component as an attribute of a solution": (lambda: SOL.E.v, AttributeError, "'E'", "sol['E.v']"),
    "a state as an attribute of a solution": (lambda: SOL.v, AttributeError, "'v'", "sol['E.v']"),
    "a solution changed": (lambda: put(SOL, "E.v", 0.0), nf.ImmutableError, "'E.v'", "sol[path].copy()"),
    "times of a solution changed": (
        lambda: assign(SOL, "t", 0.0),
        nf.ImmutableError,
        "Solution",
        "'t'",
        "attrs.evolve",
    ),
    "a picture of nothing": (lambda: SOL.plot(), nf.ParameterError, "Solution.plot", "'path'", "'E.v'"),
    "a picture of what was not kept": (
        lambda: ONLY_V.plot("E.rate"),
        nf.UnknownNameError,
        *("'E.rate'", "not recorded", "record=[...]"),
    ),
    "an unknown option of a picture": (
        lambda: plotting.plot_weights(SYNAPSE, axis=None),
        nf.UnknownNameError,
        *("plot_weights", "'axis'", "mean 'ax'"),
    ),
    "a network in place of a solution": (
        lambda: nf.settled(NET),
        nf.ParameterError,
        "settled",
        "Network 'net'",
        "Solution",
    ),
    "a window that was not kept": (
        lambda: analysis.sparsity(SOL, path="E.rate", window=(0.3, 0.5)),
        nf.ParameterError,
        *("window is (0.3, 0.5)", "0 to 0.01 s", "save_at"),
    ),
    "labels of another number": (
        lambda: SOL.with_coordinates({"E.cell": [1, 2]}),
        nf.ParameterError,
        *("'E.cell'", "(2,)", "(4,)"),
    ),
    # Files.
    "a folder that is not there": (
        lambda: nf.load(FILES / "run.npz"),
        nf.FileError,
        "run.npz",
        "no folder",
        "no_such_folder",
    ),
    "a result saved into no folder": (
        lambda: SOL.save(FILES / "run.npz"),
        nf.FileError,
        "no_such_folder",
        "Make it first",
    ),
    "a result as CSV": (
        lambda: SOL.save("t2.csv"),
        nf.FileError,
        *("'t2.csv'", "'.npz'", "'.nc'", "sol.to_dataframe().to_csv('t2.csv')", "sol.to_xarray()"),
    ),
    "a result in capitals": (lambda: SOL.save("run.NPZ"), nf.FileError, "run.NPZ", "Did you mean '.npz'"),
    "a result of another program": (lambda: SOL.save("run.mat"), nf.FileError, "'.mat'", "sol.to_xarray()"),
    "a checkpoint as CSV": (
        lambda: run(save_at=5, checkpoint="t2.csv", every=0.005),
        nf.ParameterError,
        *("'t2.csv'", "checkpoint='t2.npz'", "sol.to_dataframe().to_csv('t2.csv')"),
    ),
    "network and path swapped": (
        lambda: nf.save_network("net.toml", NET),
        nf.FileError,
        *("the path is Network 'net'", "text or a pathlib.Path"),
    ),
    "a network as YAML": (lambda: nf.save_network(NET, "net.yaml"), nf.FileError, "net.yaml", "'.toml'", "'.json'"),
    "a result read as a network": (lambda: nf.load_network("run.npz"), nf.FileError, "run.npz", "nf.load"),
    "solutions in place of networks": (
        lambda: nf.diff(SOL, NET),
        nf.ParameterError,
        "diff",
        "Solution of 'net'",
        "sol.network",
    ),
    # A class of one's own.
    "a state read from self": (
        in_cell(derivatives=lambda self, t, s, inputs: {"v": -self.v / self.tau}),
        nf.HookError,
        *("'v'", "declaration", "s.v"),
    ),
    "states used as an array": (
        in_cell(derivatives=lambda self, t, s, inputs: {"v": -s}),
        nf.HookError,
        *("by name", ".v"),
    ),
    "inputs used as an array": (
        in_cell(derivatives=lambda self, t, s, inputs: {"v": inputs - s.v}),
        nf.HookError,
        *("by name", ".current"),
    ),
    "a parameter that is misspelt in a method": (
        in_cell(derivatives=lambda self, t, s, inputs: {"v": -s.v / self.tua}),
        AttributeError,
        *("'tua'", "mean 'tau'"),
    ),
    "if on an array": (
        in_cell(derivatives=lambda self, t, s, inputs: {"v": -s.v if s.v > 0 else s.v}),
        nf.HookError,
        *("'P'", "derivatives", "if", "xp.where"),
    ),
    "math on an array": (
        in_cell(derivatives=lambda self, t, s, inputs: {"v": math.exp(s.v)}),
        nf.HookError,
        *("'P'", "derivatives", "math", "xp.exp"),
    ),
    "a method without t": (
        lambda: kind(rate=lambda self, s: s.v),
        nf.DeclarationError,
        *("Cell", "rate(self, s)", "def rate(self, t, s)"),
    ),
    "a method without inputs": (
        lambda: kind(derivatives=lambda self, t, s: {}),
        nf.DeclarationError,
        *("Cell", "derivatives(self, t, s)", "def derivatives(self, t, s, inputs)"),
    ),
    "a parameter without unit": (lambda: nf.parameter(0.1), nf.ParameterError, "parameter", "'unit'", "unit= by name"),
    "a start by position": (lambda: nf.state(-70.0, unit="mV"), nf.ParameterError, "state", "positional", "initial="),
    "a start called default": (
        lambda: nf.state(unit="mV", default=-70.0),
        nf.UnknownNameError,
        *("state", "'default'", "mean 'initial'"),
    ),
    "a validator that is a function": (
        lambda: nf.parameter(1.0, unit="1", validator=lambda x: x > 0),
        nf.DeclarationError,
        *("validator is the function", "nf.Validator("),
    ),
    "one axis without its comma": (
        lambda: nf.state(unit="1", axes="edge"),
        nf.DeclarationError,
        *("axes is 'edge'", "axes=('edge',)"),
    ),
    # Words that a newcomer was given and could do nothing with.
    "components one by one": (
        lambda: nf.Network("n", FFE, E, SYNAPSE),
        nf.ParameterError,
        *("positional", "[ffe, e, synapse]", "put them in a list"),
    ),
    "many components in a dictionary": (
        lambda: nf.Network("n", {"FFE": FFE, "E": E, "synapse": SYNAPSE}),
        nf.ParameterError,
        *("components is {'FFE': ConstantInput 'FFE', 'E': LeakyRate", "...};", "list(components.values())"),
    ),
    "the class of an integrator": (
        lambda: run(integrator=nf.RungeKuttaIntegrator),
        nf.ParameterError,
        *("the class RungeKuttaIntegrator; it must be an object of it, or be 'auto'", "Write RungeKuttaIntegrator()"),
    ),
    "a path by keyword": (
        lambda: NET.with_parameters(E_tau=0.1),
        nf.UnknownNameError,
        *("'E_tau'", '{"E.tau": ...}'),
    ),
    "one rate for all channels": (
        lambda: nf.ConstantInput("F", rates=20.0),
        nf.ParameterError,
        *("rates is 20.0", "np.full(3, 20.0)"),
    ),
    "one rate and a size": (
        lambda: nf.ConstantInput("F", rates=20.0, size=5),
        nf.UnknownNameError,
        *("'size'", "follows", "rates=np.full(5, 20.0)"),
    ),
    "weights by pre and post": (
        lambda: nf.from_dicts({"FFE": {"E": WEIGHTS}}, g=1.0, inputs={"FFE": [1.0, 2.0, 3.0]}),
        nf.ParameterError,
        *("weights['FFE']['E']", "is an input", "weights[post][pre]", "weights['E']['FFE']"),
    ),
    "advice for a duration with its unit": (
        lambda: nf.recommend(NET, "1 s"),
        nf.ParameterError,
        *("recommend: duration is '1 s'", "in s"),
    ),
    "advice for a solution": (lambda: nf.recommend(SOL, 1.0), nf.ParameterError, "recommend: network", "sol.network"),
    "a cell of another framework": (lambda: nf.LeakyIntegrator, AttributeError, "mean 'LeakyRate'?"),
    "labels of patterns": (
        lambda: TWO.with_coordinates({"pattern": [1, 2]}),
        nf.UnknownNameError,
        *("'pattern'", "mean 'batch'"),
    ),
    # A solution where something of it is meant, and what was made in a hurry.
    "a threshold without its path": (
        lambda: SOL.trust(thresholds=-50.0),
        nf.ParameterError,
        *("Solution.trust 'net'", "thresholds is -50.0", "thresholds={'E.v': -50.0}"),
    ),
    "a progress of one argument": (
        lambda: run(progress=lambda t: None),
        nf.ParameterError,
        *("progress is the function", "takes (t)", "(t, t_end, n_steps)"),
    ),
    "a solution as the start": (lambda: run(y0=SOL), nf.ParameterError, "y0 is Solution of 'net'", "y0=sol.final"),
    "fixed points from a word": (
        lambda: nf.fixed_points(NET, y0="E.v"),
        nf.ParameterError,
        *("fixed_points 'net'", "y0", "'E.v'", "number"),
    ),
    "fixed points from a solution": (lambda: nf.fixed_points(NET, y0=SOL), nf.ParameterError, "y0=sol.final"),
    "bounds as a pair": (
        lambda: nf.fixed_points(NET, bounds=(0.0, 1.0)),
        nf.ParameterError,
        *("bounds is (0.0, 1.0)", "dictionary by path", "bounds={'E.r': (0.0, 1.0)}"),
    ),
    "bounds in words": (
        lambda: nf.fixed_points(NET, bounds={"E.v": ["low", "high"]}),
        nf.ParameterError,
        *("bounds of 'E.v'", "['low', 'high']", "lower and an upper number"),
    ),
    "a seed in words": (
        lambda: nf.fixed_points(NET, seed="one"),
        nf.ParameterError,
        *("fixed_points", "seed is 'one'", "whole number", "seed=0"),
    ),
    "a branch from a network": (
        lambda: nf.continuation(NET, "E.v_rest", (-70.0, -60.0), y0=NET),
        nf.ParameterError,
        *("continuation 'net'", "y0"),
    ),
    "a window in words": (
        lambda: analysis.settled(SOL, "late"),
        nf.ParameterError,
        *("settled", "window is 'late'", "positive length, or two times"),
    ),
    "fixed points of a solution": (
        lambda: nf.fixed_points(SOL),
        nf.ParameterError,
        *("fixed_points", "Solution of 'net'", "sol.network"),
    ),
    "eigenvalues of a solution": (
        lambda: nf.analysis.eigenvalues(SOL, SOL.final),
        nf.ParameterError,
        *("eigenvalues", "sol.network"),
    ),
    "a run of a solution": (lambda: nf.simulate(SOL, 0.1), nf.ParameterError, "simulate", "sol.network"),
    "integrators compared on a solution": (
        lambda: nf.compare_integrators(SOL, 0.1),
        nf.ParameterError,
        *("compare_integrators", "sol.network"),
    ),
    "writing into an array": (
        in_cell(derivatives=lambda self, t, s, inputs: {"v": s.v.__imul__(2.0)}),
        nf.HookError,
        *("'P'", "writes into", "compute new arrays"),
    ),
}


@pytest.mark.parametrize(
    ("action", "kind", "words"), [(row[0], row[1], row[2:]) for row in MISTAKES.values()], ids=MISTAKES
)
def test_a_mistake_is_answered_with_the_name_and_the_remedy(action, kind, words):
    with pytest.raises(kind) as caught:
        action()
    message = str(caught.value)
    assert isinstance(caught.value, nf.NetframeError)
    assert [word for word in words if word not in message] == [], message
    assert len(message) < 700, message
    assert " at 0x" not in message


def test_the_table_has_the_forty_and_more():
    assert len(MISTAKES) >= 40


@pytest.mark.jax
@pytest.mark.parametrize(
    "derivatives",
    [
        lambda self, t, s, inputs: {"v": np.exp(s.v)},
        lambda self, t, s, inputs: {"v": -s.v if (s.v > 0).all() else s.v},
        lambda self, t, s, inputs: {"v": s.v * float(s.v[0])},
    ],
    ids=["np.exp", "if", "float"],
)
def test_what_cannot_be_traced_names_the_line_and_xp(derivatives):
    with pytest.raises(nf.HookError) as caught:
        in_cell(nf.JaxIntegrator(), derivatives=derivatives)()
    for word in ("Cell 'P'", "line", "xp.where", "array_namespace"):
        assert word in str(caught.value)


#: A decorator, which type checkers have to see as it is, and the tools of pictures.
NOT_CALLED = {"axes_or_new", "colour_of", "component", "ink", "style", "with_unit"}


def public_functions():
    """Every function that users call and that passes nothing on, by the name they call it by."""
    for module in (nf, analysis, plotting, testing):
        for name in module.__all__:
            function = getattr(module, name)
            if not inspect.isfunction(function) or name in NOT_CALLED:
                continue
            kinds = {p.kind for p in inspect.signature(function).parameters.values()}
            if not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}:
                yield pytest.param(function, id=name)


@pytest.mark.parametrize("function", [*public_functions()])
def test_every_public_function_answers_an_unknown_option(function):
    known = list(inspect.signature(function).parameters)
    with pytest.raises(nf.UnknownNameError) as caught:
        function(**{f"{known[-1]}x": 1})
    assert f"mean '{known[-1]}'" in str(caught.value)
    assert function.__name__ in str(caught.value)


@pytest.mark.parametrize(
    "action",
    [
        lambda: analysis.nullclines(NET, "E.v", "E.v", (0, 1), (0, 1), poins=3),
        lambda: nf.from_dicts({"E": {}}, g=1.0, poins=3),
    ],
    ids=["nullclines", "from_dicts"],
)
def test_functions_that_pass_options_on_answer_too(action):
    with pytest.raises(nf.NetframeError, match="'poins'|poins is"):
        action()


def test_an_error_inside_a_function_passes_as_it_is():
    with pytest.raises(TypeError, match="from within"):
        run(progress=lambda *args: (_ for _ in ()).throw(TypeError("from within")))


def test_attributes_that_are_not_there_stay_attribute_errors():
    for thing in (E, NET, SYNAPSE, SOL, nf, nf.plotting):
        assert not hasattr(thing, "no_such_thing")
        assert getattr(thing, "_hidden", None) is None
    assert pickle.loads(pickle.dumps(NET))["E"].tau == 0.05
    with pytest.raises(MissingAttribute):
        nf.analysis.no_such_thing


def test_a_property_that_fails_tells_its_own_error():
    @nf.component
    class Failing(nf.LeakyRate):
        @property
        def broken(self):
            return self.taus

    with pytest.raises(AttributeError, match="'taus'"):
        Failing("F", size=1).broken


def test_methods_with_more_arguments_of_their_own_are_allowed():
    cell = kind(rate=lambda self, t, s, gain=1.0: gain * s.v)("P", size=2)
    assert nf.simulate(nf.Network("n", [cell]), 0.01).success


def test_suggestions_are_the_nearest_of_many_and_count_the_rest():
    names = [f"cells_{k}" for k in range(40)]
    told = suggestion("cell_33", names)
    assert told.startswith("Did you mean 'cells_33'")
    assert told.endswith("and 28 more")
    assert told.count("'cells_33'") == 2
    assert suggestion("V", ["E.v", "I.v", "E.w"]).startswith("Did you mean 'E.v' or 'I.v'?")
    assert suggestion("E", ["E.v", "E2.v"]).startswith("Did you mean 'E.v'?")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (NET, "Network 'net'"),
        ([E, 3], "[LeakyRate 'E', 3]"),
        ((E,), "(LeakyRate 'E',)"),
        (np.zeros((3, 4)), "an array of shape (3, 4)"),
        (np.arange(2), "array([0, 1])"),
        (np, "the module numpy"),
        (len, "the function len"),
        ("x" * 80, f"'{'x' * 56}..."),
        ({"E": E, 3: [NET]}, "{'E': LeakyRate 'E', 3: [Network 'net']}"),
        ({f"key_{k}": k for k in range(9)}, "{'key_0': 0, 'key_1': 1, 'key_2': 2, 'key_3': 3, 'key_4'...}"),
        ({}, "{}"),
    ],
)
def test_values_are_told_briefly(value, told):
    assert brief(value) == told


def test_milliseconds_given_for_seconds_are_warned_of():
    with pytest.warns(nf.UnitWarning, match=r"tau is 20 s.*write 0\.02 for 20 ms"):
        slow = cells(tau=20.0)
    fast = nf.Network("n", [cells(tau=0.05)])
    with pytest.warns(nf.UnitWarning, match=r"simulate 'n': duration is 500 s.*0\.05 s.*milliseconds.*0\.5 for 500 ms"):
        nf.simulate(fast, 500.0, save_at=2, integrator=nf.ExactIntegrator())
    late = nf.StepInput("F", size=1, amplitude=10.0, onset=100.0)
    with pytest.warns(nf.UnitWarning, match=r"'F\.onset' is 100 s, and the run ends at 1 s.*write 0\.1 for 100 ms"):
        nf.simulate(nf.Network("n", [late, cells()]), 1.0, save_at=2)
    nf.simulate(nf.Network("n", [late, cells()]), 101.0, save_at=2)  # the onset is in the run: seconds were meant
    nf.simulate(nf.Network("n", [slow]), 500.0, save_at=2)  # no more than 25 time constants


def test_a_script_in_milliseconds_with_a_step_is_warned_of():
    def net(onset, offset):
        pulse = nf.StepInput("F", size=3, amplitude=10.0, onset=onset, offset=offset)
        return nf.Network("n", [pulse, E, nf.ReversalSynapse(pulse, E, weights=WEIGHTS, g=1e-5)])

    with pytest.warns(nf.UnitWarning, match=r"duration is 1000 s.*write 1 for 1000 ms"):
        nf.simulate(net(100.0, 600.0), 1000.0, save_at=2, integrator=nf.ExactIntegrator())
    nf.simulate(
        net(0.1, 0.6), 1000.0, save_at=2, integrator=nf.ExactIntegrator()
    )  # a step within a few time constants: seconds were meant


def test_a_mask_may_be_weights():
    mask = np.array(WEIGHTS > 3.0)
    assert synapse(weights=mask).weights.tolist() == mask.astype(float).tolist()


def test_one_number_stands_for_all_channels_of_an_input():
    assert NET.with_parameters({"FFE.rates": 5.0})["FFE"].rates.tolist() == [5.0] * 3
    single = nf.Network("n", [nf.ConstantInput("X", rates=[1.0]), cells()])
    assert single.with_parameters({"X.rates": 5})["X"].rates.tolist() == [5.0]


def test_weights_that_are_all_the_same_need_no_generator():
    assert nf.one_to_one(3, 3, nf.constant(2.0)).toarray().tolist() == (2.0 * np.eye(3)).tolist()
    assert nf.all_to_all(2, 3, nf.constant(2.0)).tolist() == [[2.0, 2.0]] * 3
    with pytest.raises(nf.ParameterError, match="rng is None"):
        nf.one_to_one(3, 3, nf.uniform(0.0, 1.0))


def test_the_wiring_table_has_activations_and_the_inputs_of_a_sum():
    both = nf.StepInput("A", size=3, amplitude=7.0, onset=0.1) + FFE
    table = str(nf.Network("n", [both, E]))
    for told in ("activation ClippedLinear", "activation.threshold -50 mV", "first StepInput", "first.amplitude 7 Hz"):
        assert told in table
    assert "second.rates (3,) from 10 to 30 Hz" in table


def test_results_show_shapes_and_ranges_in_place_of_arrays():
    rng = np.random.default_rng(2)
    shown = [
        repr(analysis.cosine_similarity(rng.random((30, 40)))),
        repr(analysis.power_spectrum(rng.random((500, 3)), t=np.linspace(0.0, 1.0, 500))),
        repr(analysis.active_fractions(rng.random((4, 30, 40)))),
    ]
    assert shown[0].startswith("Similarity(matrix=(30, 30) from 0.")
    for text in shown:
        assert "array(" not in text
        assert len(text) < 200
    kinds = [getattr(analysis, name) for name in analysis.__all__]
    of_attrs = [kind for kind in kinds if inspect.isclass(kind) and attrs.has(kind)]
    assert len(of_attrs) > 8
    assert [kind for kind in of_attrs if "attrs" in kind.__repr__.__code__.co_filename] == []


def test_names_offered_are_those_that_are_public():
    offered = {name for name in dir(nf) if not name.startswith("__")}
    assert offered == set(nf.__all__)


def test_files_of_another_kind_and_names_nearly_right(tmp_path):
    nf.save_network(NET, tmp_path / "net.toml")
    SOL.save(tmp_path / "run_1.npz")
    (tmp_path / "old.pkl").write_bytes(pickle.dumps(1))
    for path, words in (
        ("net.toml", ("net.toml", "nf.load_network")),
        ("old.pkl", ("old.pkl", "Pickles are never loaded")),
        ("run1.npz", ("run1.npz", "mean 'run_1.npz'")),
    ):
        with pytest.raises(nf.FileError) as caught:
            nf.load(tmp_path / path)
        assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    with pytest.raises(nf.FileError, match=r"Did you mean 'net\.toml'"):
        nf.load_network(tmp_path / "nett.toml")


def test_weights_of_a_sparse_plastic_synapse_find_their_way_back():
    mask = sparse.csr_array(np.array([[0.0, 0.5, 0.0], [0.25, 0.0, 0.75]]))
    y = nf.LeakyRate("Y", size=2)
    net = nf.Network(
        "n", [FFE, y, nf.Hebbian(FFE, y, weights=mask, g=1e-4, learning_rate=0.0, decay=1.0, w_min=0.0, w_max=1.0)]
    )
    sol = nf.simulate(net, 0.01, save_at=2)
    post, pre = net["FFE_to_Y"].synapses()
    found = np.zeros((2, 3))
    found[post, pre] = sol["FFE_to_Y.w"][-1]
    assert found.tolist() == mask.toarray().tolist()


#: Things of a kind that an argument may not be meant to have.
KINDS = [5, -1, 1.5, math.nan, True, None, "x", "E.v", [1], ["x"], [None], ("E.v",), np.zeros(3), {}, {5: 1.0}]
KINDS += [{"E.v": "a"}, {"E.v": [1, 2]}, {1, 2}, lambda *_: None, object(), nf.LeakyRate, [nf.LeakyRate], NET, SOL]
EULER = nf.FixedStepIntegrator("euler", dt=5e-3)
LONG = nf.simulate(NET, 1.0, save_at=51)
#: Functions, and arguments that they take.
CALLS = {
    "simulate": (nf.simulate, {"network": NET, "duration": 0.01, "save_at": 3}),
    "compare_integrators": (
        nf.compare_integrators,
        {"network": NET, "duration": 0.01, "integrators": [EULER], "steps": [5e-3], "repeats": 1, "save_at": 3},
    ),
    "recommend": (nf.recommend, {"network": NET, "duration": 0.1}),
    "fixed_points": (nf.fixed_points, {"network": NET, "guesses": 1}),
    "continuation": (
        nf.continuation,
        {"network": nf.Network("n", [E]), "parameter": "E.v_rest", "span": (-70.0, -69.0), "max_points": 2},
    ),
    "settled": (analysis.settled, {"solution": LONG, "window": 0.5}),
    "limit_cycle": (analysis.limit_cycle, {"run": LONG}),
    "trust": (SOL.trust, {"members": 1}),
    "plot": (SOL.plot, {"path": "E.v"}),
    "plot of a batch": (LABELLED.plot, {"path": "E.v", "member": (0,)}),
    "members": (TWO.network.members, {"index": 0}),
    "with_coordinates": (SOL.with_coordinates, {"coordinates": {}}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_things_of_a_wrong_kind_are_answered_in_sentences(name, tmp_path, monkeypatch):
    function, fitting = CALLS[name]
    monkeypatch.chdir(tmp_path)  # a checkpoint may be called "x"
    raw = []
    for argument in inspect.signature(function).parameters:
        for thing in KINDS:
            try:
                function(**fitting | {argument: thing})
            except nf.NetframeError:
                pass
            except Exception as error:
                raw.append(f"{argument}={brief(thing)}: {error!r}")
    assert raw == []
